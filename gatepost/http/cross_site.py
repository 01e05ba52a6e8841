"""Pages of other sites: which may ask and read (CORS), and that none can ask unnoticed (CSRF)."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from aiohttp import hdrs
from multidict import CIMultiDictProxy

from gatepost.errors import GatepostError, SetUpError
from gatepost.http.media import is_json
from gatepost.settings import Settings

METHODS = "GET, HEAD, OPTIONS, POST"
"""What the endpoint takes, as `Allow` and CORS name it."""

_EXPOSED = "ETag, Retry-After, X-Request-Id"
_TOLD = ("Apollo-Require-Preflight", "X-Apollo-Operation-Name")
"""Header fields that a page can send to another site only after that site allowed it (Fetch standard, "CORS-safelisted
request-header")."""
_FIELD_NAMES = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:[ \t]*,[ \t]*[!#$%&'*+.^_`|~0-9A-Za-z-]+)*")

_CROSS_SITE = (
    "A browser could be made to send this from a page of another site. Send POST, or add the header "
    "Apollo-Require-Preflight: true."
)


class CrossSite:
    """The rules of one application. Raises SetUpError where `cors_origins` holds what is no origin."""

    def __init__(self, settings: Settings) -> None:
        self._origins = frozenset(origin.rstrip("/").lower() for origin in settings.cors_origins)
        self._any = "*" in self._origins
        self._credentials = settings.cors_credentials
        self._max_age = str(settings.cors_max_age)
        for origin in self._origins - {"*"}:
            parts = urlsplit(origin)
            if not parts.scheme or not parts.netloc or f"{parts.scheme}://{parts.netloc}" != origin:
                raise SetUpError(f"cors_origins: {origin} is no origin, such as https://app.example.com")
        if self._any and (self._credentials or len(self._origins) > 1):
            raise SetUpError("cors_origins: * stands alone, and without cors_credentials")
        self.is_open = bool(self._origins)
        """Whether any other site may ask."""
        self.varies = self.is_open and not self._any
        """Whether the header fields of an answer depend on who asks."""

    def fields(self, headers: CIMultiDictProxy[str]) -> dict[str, str]:
        """The header fields of an answer that let the asking page read it."""
        if self._any:
            return {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": _EXPOSED}
        origin = self._allowed(headers)
        if origin is None:
            return {}
        fields = {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": _EXPOSED}
        if self._credentials:
            fields["Access-Control-Allow-Credentials"] = "true"
        return fields

    def preflight(self, headers: CIMultiDictProxy[str]) -> dict[str, str]:
        """The header fields that answer an OPTIONS request (Fetch standard, "CORS-preflight request")."""
        if not self.is_open:
            return {}
        vary = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
        if self._allowed(headers) is None or hdrs.ACCESS_CONTROL_REQUEST_METHOD not in headers:
            return {hdrs.VARY: vary}
        fields = {**self.fields(headers), "Access-Control-Allow-Methods": METHODS, hdrs.VARY: vary}
        del fields["Access-Control-Expose-Headers"]
        fields["Access-Control-Max-Age"] = self._max_age
        wanted = headers.get(hdrs.ACCESS_CONTROL_REQUEST_HEADERS, "")
        if _FIELD_NAMES.fullmatch(wanted):
            fields["Access-Control-Allow-Headers"] = wanted
        return fields

    def check_get(self, headers: CIMultiDictProxy[str]) -> None:
        """Refuses a GET that a page of another site may have caused: an image, a link, a form, a fetch without CORS.

        Raises GatepostError (CROSS_SITE). Browsers tell where a request comes from in Sec-Fetch-Site, which no page can
        set; to plain http they do not, and there a request has to hold what no page may send unasked. A POST needs no
        check, for its content type is such a thing.
        """
        if any(name in headers for name in _TOLD) or is_json(headers.get(hdrs.CONTENT_TYPE)):
            return
        site = headers.get("Sec-Fetch-Site")
        if site in ("same-origin", "none"):
            return
        if self.is_open and self._allowed(headers) is not None:
            return
        # Where the browser does tell, a token is no proof: a proxy may have put it in place of a cookie. The mode
        # without the site is sent by Node's fetch, and by no browser.
        if site is None and (hdrs.AUTHORIZATION in headers or headers.get("Sec-Fetch-Mode") == "cors"):
            return
        raise GatepostError(_CROSS_SITE, code="CROSS_SITE", status=403)

    def _allowed(self, headers: CIMultiDictProxy[str]) -> str | None:
        origins = headers.getall(hdrs.ORIGIN, ())
        if len(origins) != 1:
            return None
        return origins[0] if self._any or origins[0] in self._origins else None
