"""From a version's card to files that other programs read. Built-in and foreign exporters are found in `registry`."""

from typing import Protocol

from workbench.domain.releases import Card


class Exporter(Protocol):
    """Writes one format."""

    name: str

    def files(self, card: Card) -> dict[str, bytes]:
        """The files by name, each re-read with the grammar of its consumer and compared with the card.

        Raises:
            UnsafeForFormat: the format cannot carry the text unchanged; then there is no file at all.
        """
        ...
