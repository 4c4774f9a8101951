"""The address at which a browser follows running answers."""

import os
from functools import cache

from workbench.security.tokens import StreamTokens
from workbench.services.workbench import Workbench


@cache
def stream_tokens() -> StreamTokens:
    """The tokens of this process; they end with it."""
    return StreamTokens(os.urandom(32))


def stream_url(wb: Workbench, comparison_id: str) -> str:
    """The address for this person and this comparison, good for ten minutes; every rerun gives a fresh one."""
    token = stream_tokens().make(wb.person.id, comparison_id, wb.store.clock())
    return f"/api/stream/{comparison_id}?token={token}"
