"""The examples of the pages under docs, run as they stand, one after the other."""

import re
from typing import Any

from tests.support.places import ROOT

__all__ = ["run_page"]


def run_page(name: str, port: int = 0, **given: Any) -> int:
    """Run the examples of a page, in which 11112 is `port`; how many there are."""
    page = (ROOT / "docs" / name).read_text(encoding="utf-8")
    examples = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict[str, object] = dict(given)
    for example in examples:
        program = example.replace("11112", str(port))
        exec(compile(program, name, "exec"), names)  # noqa: S102 (our own text)
    return len(examples)
