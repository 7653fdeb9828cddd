"""Examples in docstrings give what they say: each module with an example is one test."""

import doctest
import importlib
import pathlib

import pytest

ROOT = pathlib.Path(__file__).parent.parent
MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in sorted((ROOT / "jaxdump").rglob("*.py"))
    if " >>> " in path.read_text()
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_a_module(name, capsys):
    failed, tried = doctest.testmod(importlib.import_module(name))
    assert not failed, capsys.readouterr().out
    assert tried
