"""Identifiers that sort by the time they were made."""

import secrets
import time


def new_id() -> str:
    """Twenty-two hexadecimal digits: microseconds since 1970, then chance."""
    return f"{time.time_ns() // 1_000:014x}{secrets.token_hex(4)}"
