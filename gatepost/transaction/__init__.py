"""As whom it runs: a fair pool of sessions, each under a role, and statements under a caller's claims."""

from gatepost.transaction.database import Database, Transaction, undisturbed

__all__ = ["Database", "Transaction", "undisturbed"]
