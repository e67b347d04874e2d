"""
The codec of russet. Use `russet.codec`, the one door to it.
"""

from typing import Final

__all__ = ["RELEASE"]

RELEASE: Final[bool]
"""
Whether this is an optimised build.
"""
