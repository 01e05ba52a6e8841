"""The benchmark: Gatepost beside its peers and beside pgbench, over one database. `python -m bench --help` says how."""

from pathlib import Path

HERE = Path(__file__).resolve().parent
CACHE = HERE / ".cache"


class BenchError(Exception):
    """Something that the reader of the message can mend: a missing program, a server that did not start."""
