"""What the API is: a catalog turned into GraphQL types, each field of which says what it means in SQL."""
