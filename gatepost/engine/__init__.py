"""Judges an operation with graphql-core; SQL answers what is generated, Tartiflette what is hand-written.

Tartiflette is imported here first: Lark, which it parses SDL with, imports two modules by names that Python 3.11
deprecates, and nobody who serves an API can do anything about that warning.
"""

import warnings

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", r"module 'sre_(parse|constants)' is deprecated", DeprecationWarning)
    import tartiflette

__all__ = ["tartiflette"]
