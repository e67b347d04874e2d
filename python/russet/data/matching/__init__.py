"""Matching of queries against data sets, without any I/O (PS3.4 C.2.2.2)."""

from russet.data.matching.options import Options
from russet.data.matching.query import Query, select
from russet.data.matching.source import Source

__all__ = ["Options", "Query", "Source", "select"]
