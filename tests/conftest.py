"""What every test may ask for: see tests/support."""

import pytest

from tests.support.places import CORPUS, absent

pytest_plugins = [
    "tests.support.certificates",
    "tests.support.peers",
    "tests.support.pynetdicom_peer",
]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let a test of the corpus be skipped where there is none; in CI it fails."""
    if item.get_closest_marker("corpus") and not CORPUS.is_dir():
        absent(f"the corpus {CORPUS}")
