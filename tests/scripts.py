"""The SQL scripts of Threads, in the order in which they are applied."""

from __future__ import annotations

from pathlib import Path

from gatepost.migrate import scripts

DB = Path(__file__).parents[1] / "db"
_READ = scripts.read(DB)
SCRIPTS = tuple(script.text for script in _READ)
ONCE = tuple(script.text for script in _READ if script.kind is not scripts.Kind.FUNCTIONS and not script.is_online)
"""What runs once, in the transaction of the deploy."""
FUNCTIONS = tuple(script.text for script in _READ if script.kind is scripts.Kind.FUNCTIONS)
SEED = (DB / "seed.sql").read_text(encoding="utf-8")
