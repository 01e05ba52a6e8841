"""Gatepost: a GraphQL gateway over PostgreSQL."""
