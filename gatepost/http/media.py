"""Media types: which a caller may send, and which the answer takes (GraphQL over HTTP, section "Media Types")."""

from __future__ import annotations

from functools import lru_cache

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"

_LONGEST = 1_000
"""Characters of an Accept header; a browser's has some hundred."""
_OFFERED = (JSON, GRAPHQL)
"""In the order that decides between equals: a caller who takes anything gets what every client can read."""


@lru_cache(maxsize=256)
def negotiate(accept: str | None) -> str | None:
    """The media type for an Accept header (RFC 9110 section 12.5.1); None when neither of ours will do.

    Without a header the answer is application/json, as clients that know nothing of the newer type expect.
    """
    if accept is None or not accept.strip():
        return JSON
    if len(accept) > _LONGEST:
        return None
    ranges = [_media_range(part) for part in accept.split(",") if part.strip()]
    weights = {offered: _weight(offered, ranges) for offered in _OFFERED}
    best = max(_OFFERED, key=lambda offered: weights[offered])
    return best if weights[best][0] > 0 else None


@lru_cache(maxsize=256)
def is_json(content_type: str | None) -> bool:
    """Whether a body of this Content-Type is JSON in UTF-8. No type that a plain HTML form can send is."""
    if content_type is None:
        return False
    kind, *parameters = content_type.split(";")
    if kind.strip().lower() != JSON:
        return False
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in ("utf-8", "utf8"):
            return False
    return True


def _media_range(text: str) -> tuple[str, float]:
    """A media range and its quality, 0 where that is no number or out of bounds."""
    kind, *parameters = text.split(";")
    quality = 1.0
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in ("utf-8", "utf8", "*"):
            quality = 0.0
        elif name.strip().lower() == "q":
            try:
                quality = min(quality, float(value))
            except ValueError:
                quality = 0.0
    return kind.strip().lower(), quality if 0 <= quality <= 1 else 0.0


def _weight(offered: str, ranges: list[tuple[str, float]]) -> tuple[float, int]:
    """How much a caller wants a type: the quality of the most specific range that matches, then how specific it is."""
    weight = (0.0, 0)
    closest = 0
    for specificity, pattern in enumerate(("*/*", "application/*", offered), start=1):
        for kind, quality in ranges:
            if kind == pattern and specificity >= closest:
                closest = specificity
                weight = (quality, specificity)
    return weight
