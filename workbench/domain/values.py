"""The base of every domain value."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A frozen, strictly parsed value; unknown fields are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def replace(self, **changes: Any) -> Self:
        """A validated copy with the given fields changed."""
        return type(self).model_validate({**dict(self), **changes})
