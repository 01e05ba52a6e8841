"""Which document a request means: its own text, a trusted document, or one that was sent before under its SHA-256."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from gatepost.engine.documents import Documents, sha_256
from gatepost.errors import BadRequest
from gatepost.http.parameters import Parameters, member
from gatepost.settings import Settings

ROOM = 8 * 1024 * 1024
"""Bytes of the documents that one process keeps for its callers."""

_IDS = ("documentId", "doc_id", "id")
"""The draft of GraphQL over HTTP and Relay's documentation name it so."""
_KEPT_BESIDE = 200  # bytes that an entry takes beside its text


class Persisted:
    """The documents that requests of one application may refer to; `trusted` gives those of the moment."""

    def __init__(self, settings: Settings, trusted: Callable[[], Documents]) -> None:
        self._trusted = trusted
        self.only = settings.trusted_documents_only
        """Whether nothing else than trusted documents may be asked."""
        self._automatic = settings.automatic_persisted_queries
        self._longest = settings.max_query_bytes
        self._sent: OrderedDict[str, str] = OrderedDict()
        self._size = 0

    def text(self, parameters: Parameters) -> str:
        """The document that a request means. Raises BadRequest."""
        query = parameters.get("query")
        if query is not None and type(query) is not str:
            raise BadRequest('The request needs a "query", a string.')
        digest = self._digest(parameters)
        if digest is not None:
            return self._by_digest(digest, query)
        if query is not None:
            return self._own(query)
        return self._by_id(parameters)

    def _digest(self, parameters: Parameters) -> str | None:
        """The SHA-256 that Apollo's clients send."""
        named = member(parameters, "extensions", "persistedQuery")
        if named is None:
            return None
        digest = member(parameters, "extensions", "persistedQuery", "sha256Hash")
        if member(parameters, "extensions", "persistedQuery", "version") != 1:
            raise BadRequest("Only version 1 of persisted queries is known.")
        if not isinstance(digest, str) or not digest:
            raise BadRequest("persistedQuery needs a sha256Hash, a string.")
        return digest.lower()

    def _by_digest(self, digest: str, query: str | None) -> str:
        trusted = self._trusted()
        if query is not None:
            if sha_256(query) != digest:
                raise BadRequest("The sha256Hash is not that of the query.")
            self._own(query)
            if self._automatic and not trusted.holds(query):
                self._keep(digest, query)
            return query
        text = trusted.get(digest)
        if text is None and self._automatic and not self.only and (text := self._sent.get(digest)) is not None:
            self._sent.move_to_end(digest)
        if text is not None:
            return text
        # Apollo's clients go by these messages: after the first they send the text too, after the second always.
        if self._automatic or self.only or len(trusted):
            raise BadRequest("PersistedQueryNotFound", code="PERSISTED_QUERY_NOT_FOUND")
        raise BadRequest("PersistedQueryNotSupported", code="PERSISTED_QUERY_NOT_SUPPORTED")

    def _by_id(self, parameters: Parameters) -> str:
        identifier = next((parameters[name] for name in _IDS if parameters.get(name) is not None), None)
        if identifier is None:
            raise BadRequest('The request needs a "query", a string.')
        text = None
        if isinstance(identifier, str):
            text = self._trusted().get(identifier.removeprefix("sha256:"))
        if text is None:
            raise BadRequest("There is no document with this id.", code="DOCUMENT_NOT_FOUND")
        return text

    def _own(self, query: str) -> str:
        if self.only and not self._trusted().holds(query):
            raise BadRequest("Only trusted documents can be asked here.", code="DOCUMENT_NOT_TRUSTED", status=403)
        return query

    def _keep(self, digest: str, query: str) -> None:
        if digest in self._sent or len(query) > self._longest:
            return
        self._sent[digest] = query
        self._size += _size(query)
        while self._size > ROOM:
            self._size -= _size(self._sent.popitem(last=False)[1])


def _size(query: str) -> int:
    """Bytes that a kept document takes, at most."""
    return _KEPT_BESIDE + (len(query) if query.isascii() else 4 * len(query))
