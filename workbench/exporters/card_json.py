"""The machine-readable card: everything the card says, as JSON."""

import json

from workbench.domain.releases import Card, file_stem
from workbench.exporters.carried import REQUEST_NOTE, provenance, require_unchanged, to_json

FORMAT = "instruction-card/1"
SUFFIX = ".card.json"


class CardJson:
    """`*.card.json`: `format`, `about` (provenance), `note`, and `card`, the whole card."""

    name = "card"

    def files(self, card: Card) -> dict[str, bytes]:
        """One file."""
        data = to_json(
            {"format": FORMAT, "about": provenance(card), "note": REQUEST_NOTE, "card": card.model_dump(mode="json")}
        )
        require_unchanged(card, read(data), "Correct this line and save a new version.")
        return {file_stem(card) + SUFFIX: data}


def read_card(data: bytes) -> Card:
    """The card in a file. Raises ValueError when it is not a card, or its text does not have the digest it names."""
    file = json.loads(data)
    if not isinstance(file, dict) or file.get("format") != FORMAT:
        raise ValueError(f"not a card of the format {FORMAT}")
    return Card.model_validate(file.get("card"))


def read(data: bytes) -> str:
    """The instruction text in a file. Raises ValueError as `read_card` does."""
    return read_card(data).text
