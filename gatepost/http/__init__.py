"""How it is asked: GraphQL over HTTP, GraphiQL, health, access log. The only room that knows aiohttp's server."""
