"""Finding exporters by entry point; the built-in ones are registered in the same way as anybody else's."""

from importlib.metadata import EntryPoint, entry_points

from workbench.errors import NotFound
from workbench.exporters import Exporter

GROUP = "workbench.exporters"


def names() -> tuple[str, ...]:
    """The names of all exporters, sorted; none is loaded."""
    return tuple(sorted(_entries()))


def find(name: str) -> Exporter:
    """The exporter of that name. Raises NotFound."""
    entries = _entries()
    if name not in entries:
        raise NotFound(f"There is no export format {name!r}. Nothing was exported. Formats: {', '.join(names())}.")
    exporter: Exporter = entries[name].load()()
    return exporter


def _entries() -> dict[str, EntryPoint]:
    # The last of equal names wins: a foreign package cannot take the place of a built-in format.
    found = sorted(entry_points(group=GROUP), key=lambda entry: entry.value.startswith("workbench."))
    return {entry.name: entry for entry in found}
