"""Who is asking: bearer tokens and passwords in, a database role and its claims out."""
