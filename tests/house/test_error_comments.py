"""What we answer in an Error Comment is a sentence that fits into its 64 characters."""

import ast
from collections.abc import Iterator
from itertools import product
from typing import Final

import pytest

from russet.data import Dataset
from russet.dimse.models import MODELS
from russet.errors import IdentifierError
from russet.storage.index.retrieve import retrieval_keys
from tests.support.places import ROOT

_ROOM: Final = 64
_ANSWERING: Final = {"StatusError", "Refusal", "StoreResult", "IdentifierError", "NormalizedResult"}
_LEVELS: Final = ("PATIENT", "STUDY", "SERIES", "IMAGE", "SIXTEEN_LETTERS_", "")


def sentences() -> Iterator[tuple[str, str]]:
    """What is fixed of every text that something is answered with, and where it stands."""
    for path in sorted((ROOT / "python" / "russet").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id not in _ANSWERING:
                continue
            for text in (*node.args, *(word.value for word in node.keywords)):
                yield f"{path.name}:{node.lineno}", "".join(_fixed(text))


def _fixed(text: ast.expr) -> Iterator[str]:
    parts = text.values if isinstance(text, ast.JoinedStr) else [text]
    for part in parts:
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def test_every_fixed_comment_fits() -> None:
    found = [(where, text) for where, text in sentences() if text]
    assert len(found) > 30
    assert [each for each in found if len(each[1]) > _ROOM] == []


@pytest.mark.parametrize("model", ["patient", "study", "patient-study"])
def test_what_the_archive_says_of_an_identifier_fits(model: str) -> None:
    said = set()
    for level, keys in product(_LEVELS, ({}, {"StudyInstanceUID": "1"}, {"PatientID": "P*"})):
        identifier = Dataset({"QueryRetrieveLevel": level, **keys})
        for relational in (False, True):
            try:
                retrieval_keys(identifier, MODELS[model], relational=relational)
            except IdentifierError as error:
                said.add(str(error))
    assert len(said) > 3
    assert [each for each in said if len(each) > _ROOM] == []
