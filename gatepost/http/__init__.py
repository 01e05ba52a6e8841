"""How it is asked: GraphQL over HTTP, GraphiQL, health, access log. The only room that knows aiohttp's server."""

from gatepost.http.application import application
from gatepost.http.server import serve

__all__ = ["application", "serve"]
