"""Fixtures of the tests beside pydicom."""

import logging
import warnings
from collections.abc import Iterator

import pytest


@pytest.fixture
def pydicom_is_quiet() -> Iterator[None]:
    """Pydicom warns of what is odd in a file; here only what it reads matters."""
    logging.disable(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    logging.disable(logging.NOTSET)
