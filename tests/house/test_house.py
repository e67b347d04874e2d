"""The rules of the house that no other tool holds: sizes, names, citations, dependencies."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.support.places import ROOT
from tests.support.processes import RUSSET, run

_PYTHON_LINES: Final = 400
_RUST_LINES: Final = 500
_BINDING_LINES: Final = 250
_TEST_LINES: Final = 500
_FUNCTION_LINES: Final = 40
_START_UP_MODULES: Final = (
    60  # what `import russet` may load beyond a bare interpreter: typing, logging
)

_BANNED_MODULES: Final = frozenset(
    {"base", "common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}
)
_FOREIGN_ACCESSORS: Final = {
    "get_buffer": "asyncio.BufferedProtocol asks for it",
    "get_command": "click.Group asks for it",
}
_SOURCES: Final = frozenset({".py", ".rs", ".md", ".toml", ".yml", ".sh"})


@cache
def _tracked() -> tuple[Path, ...]:
    """Every file of the project that git knows or would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(path for name in listed.split("\0") if name and (path := ROOT / name).is_file())


def _files(suffix: str, *folders: str) -> Iterator[Path]:
    for path in _tracked():
        inside = not folders or any(path.is_relative_to(ROOT / folder) for folder in folders)
        if path.suffix == suffix and inside:
            yield path


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), _name(path))


def _lines(path: Path) -> int:
    return len(path.read_text().splitlines())


@pytest.mark.parametrize(
    ("suffix", "folder", "limit"),
    [
        (".py", "python", _PYTHON_LINES),
        (".py", "benches", _PYTHON_LINES),
        (".py", "rust", _PYTHON_LINES),
        (".py", "tests", _TEST_LINES),
        (".rs", "rust/codec", _RUST_LINES),
        (".rs", "rust/py", _BINDING_LINES),
    ],
)
def test_files_are_short_enough_to_be_read_whole(suffix: str, folder: str, limit: int) -> None:
    long = {_name(p): _lines(p) for p in _files(suffix, folder) if _lines(p) > limit}
    assert long == {}


def test_python_functions_fit_on_a_screen() -> None:
    long = {}
    for path in _files(".py"):
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = node.body[0]
                start = first.end_lineno if ast.get_docstring(node) else node.lineno
                length = (node.end_lineno or 0) - (start or 0) + 1
                if length > _FUNCTION_LINES:
                    long[f"{_name(path)}:{node.lineno} {node.name}"] = length
    assert long == {}


def test_rust_functions_fit_on_a_screen() -> None:
    long = {}
    for path in _files(".rs", "rust"):
        begun: tuple[int, str, str] | None = None
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if begun is None and (found := re.match(r"( *)(?:pub\S* )?(?:const )?fn (\w+)", line)):
                begun = None if line.endswith("}") else (number, found[1], found[2])
            elif begun is not None and line == begun[1] + "}":
                if (length := number - begun[0] + 1) > _FUNCTION_LINES:
                    long[f"{_name(path)}:{begun[0]} {begun[2]}"] = length
                begun = None
    assert long == {}


def test_a_module_is_named_by_a_noun_of_its_own() -> None:
    modules = [*_files(".py"), *_files(".rs")]
    assert [_name(path) for path in modules if path.stem in _BANNED_MODULES] == []


def test_accessors_carry_no_get() -> None:
    found = [
        f"{_name(path)}: {name}"
        for path in [*_files(".py"), *_files(".rs")]
        for name in re.findall(r"(?:def|fn) (get_\w+)", path.read_text())
        if name not in _FOREIGN_ACCESSORS
    ]
    assert found == []


def test_public_names_are_in_all_and_have_a_docstring() -> None:
    wrong = []
    for path in _files(".py", "python/russet"):
        tree = _tree(path)
        listed = _all(tree)
        for node in tree.body:
            if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if node.name.startswith("_"):
                continue
            if node.name not in listed:
                wrong.append(f"{_name(path)}: {node.name} is not in __all__")
            if not ast.get_docstring(node):
                wrong.append(f"{_name(path)}: {node.name} has no docstring")
    assert wrong == []


def _all(tree: ast.Module) -> list[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            names: list[str] = ast.literal_eval(node.value)
            return names
    return []


def test_citations_can_be_searched_for() -> None:
    """`PS3.8 9.3.2`: part, one space, clause. A part may be named as a whole."""
    wrong = []
    malformed = re.compile(
        r"PS ?3(?!\.\d)|PS 3|PS3\.\d+(?:,? ?(?:§|[Ss]ect?ion|[Ss]ec\.|[Cc]lause)|, ?\d)"
    )
    in_brackets = re.compile(r"\((PS3\.[^)\n]*)")
    complete = re.compile(r"PS3\.\d+(?:-\d{4}[a-z])?(?: [A-Z0-9][A-Za-z0-9.-]*|$)")
    for path in [*_files(".py", "python", "benches"), *_files(".rs")]:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            bad = malformed.search(line) or any(
                not complete.match(cited) for cited in in_brackets.findall(line)
            )
            if bad:
                wrong.append(f"{_name(path)}:{number} {line.strip()}")
    assert wrong == []


def test_nothing_is_left_for_later() -> None:
    marks = re.compile(
        r"\b(?:TODO|FIXME|XXX)\b|\btodo!|\bunimplemented!|NotImplementedError|^(?:<{7}|>{7}) "
    )
    found = []
    for path in _tracked():
        if path.suffix in _SOURCES and path != Path(__file__).resolve():
            for number, line in enumerate(path.read_text().splitlines(), 1):
                if marks.search(line):
                    found.append(f"{_name(path)}:{number} {line.strip()}")
    assert found == []


def test_no_path_of_one_machine_is_written_down() -> None:
    home = re.compile(r"(?<![\w./~$}])/(?:home|root|work|workspace|Users|mnt)/\w")
    found = [
        f"{_name(path)}:{number} {line.strip()}"
        for path in _tracked()
        if path.suffix in _SOURCES or path.name == "Makefile"
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if home.search(line)
    ]
    assert found == []


def test_the_codec_crate_is_pure() -> None:
    lib = (ROOT / "rust/codec/src/lib.rs").read_text()
    assert "#![forbid(unsafe_code)]" in lib
    command = [
        "cargo",
        "tree",
        "--locked",
        "-p",
        "russet-codec",
        "-e",
        "normal",
        "--prefix",
        "none",
    ]
    tree = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert [line for line in tree.splitlines() if line.startswith(("pyo3", "tokio", "mio"))] == []


def test_the_shipped_extension_is_an_optimised_build() -> None:
    program = "from russet._core import RELEASE; print(RELEASE)"
    assert run(sys.executable, "-c", program).stdout.strip() == "True"


def test_importing_russet_loads_next_to_nothing() -> None:
    program = "import sys; {}; print(*sys.modules)"
    bare, loaded = (
        set(run(sys.executable, "-c", program.format(statement)).stdout.split())
        for statement in ("pass", "import russet")
    )
    extra = loaded - bare
    assert not extra & {"asyncio", "click", "pydicom", "rich", "socket", "ssl", "sqlite3"}
    assert len(extra) <= _START_UP_MODULES, sorted(extra)


def _shell_lines(path: Path) -> Iterator[str]:
    fence = False
    for line in path.read_text().splitlines():
        if line.startswith("```"):
            fence = not fence
        elif fence:
            yield line.strip().removeprefix("$ ")


def test_the_commands_in_the_readme_exist() -> None:
    verbs: set[str] = set()
    targets: set[str] = set()
    for path in [ROOT / "README.md", *_files(".md", "docs")]:
        for line in _shell_lines(path):
            if found := re.match(r"(russet|make) ([a-z-]+)", line):
                (verbs if found[1] == "russet" else targets).add(found[2])
    assert {"serve", "test"} <= targets, "the two commands of the set-up"
    for verb in verbs:
        ended = run(RUSSET, verb, "--help")
        assert ended.returncode == 0, f"russet {verb}: {ended.stdout}"
    makefile = (ROOT / "Makefile").read_text()
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target}"


def test_every_command_is_kept_apart_from_its_siblings() -> None:
    """The independence contract of import-linter names each file that holds a command."""
    pyproject = (ROOT / "pyproject.toml").read_text()
    for path in _files(".py", "python/russet/cli"):
        if path.stem != "__init__" and "@click.command" in path.read_text():
            assert f'"russet.cli.{path.stem}"' in pyproject, path.stem
