"""Canaries: words and numbers that are in one place of a database alone, and tell by themselves what got out."""

from __future__ import annotations

import base64
import binascii
import logging
import re
from contextlib import suppress

_WORD = re.compile(r"zq[0-9a-f]{8}", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w.])\d{8}(?![\w.])")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")


def canaries(text: str) -> set[str]:
    """The canaries in a text, those in base64 too, as they are in cursors and ids."""
    found = {word.lower() for word in _WORD.findall(text)} | set(_NUMBER.findall(text))
    for coded in _BASE64.findall(text):
        with suppress(binascii.Error, ValueError):
            found |= canaries(base64.b64decode(coded, validate=True).decode())
    return found


class Listener(logging.Handler):
    """Keeps what the gateway logs."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    def heard(self) -> str:
        """What was logged since the last time."""
        text = "\n".join(self.lines)
        self.lines.clear()
        return text
