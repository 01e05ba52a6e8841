"""How the database changes: the folder `db/` in, one transaction out if it can be one, and a record of what ran."""

from gatepost.migrate.apply import Step, check, status, up
from gatepost.migrate.scripts import new

__all__ = ["Step", "check", "new", "status", "up"]
