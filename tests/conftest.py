"""What every test may ask for: see tests/support."""

import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.support.places import CORPUS, absent

# In the order of their imports: pytest rewrites the asserts of what is not imported yet.
# Nothing here asserts on time: a busy machine is no fault.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

pytest_plugins = [
    "tests.support.archive",
    "tests.support.bodies",
    "tests.support.certificates",
    "tests.support.peers",
    "tests.support.pynetdicom_peer",
    "tests.support.pynetdicom_services",
    "tests.support.dcmtk_query",
    "tests.support.orthanc",
    "tests.support.rare",
    "tests.support.receivers",
    "tests.support.served",
    "tests.support.russet_archive",
    "tests.support.interop_table",
]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let a test of the corpus be skipped where there is none; in CI it fails."""
    if item.get_closest_marker("corpus") and not CORPUS.is_dir():
        absent(f"the corpus {CORPUS}")


@pytest.fixture(scope="session", autouse=True)
def _interruptible() -> Iterator[None]:
    """Hear interrupts, and with us what we start: a shell has what runs in the background deaf."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
