"""What is shipped beside the code, found in a checkout or in an installed wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def bundled(name: str) -> Path:
    """The shipped folder `pages`, `instruction_library` or `experiments`."""
    inside = _PACKAGE / "_bundled" / name
    return inside if inside.is_dir() else _PACKAGE.parent / name
