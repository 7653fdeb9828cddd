"""Examples in docstrings give what they say: each module with an example is one test; so does the statistic of a page."""

import doctest
import importlib
import pathlib
import re

import numpy as np
import pytest

import jaxdump
from jaxdump.experiments import M3_1E13
from jaxdump.theories import LmuLtau

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


def test_statistic_of_the_page_excludes_the_signals_that_it_says(capsys):
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "statistics.md").read_text(), flags=re.DOTALL)
    exec(compile(code, "docs/statistics.md", "exec"), {})
    printed = [float(number) for number in capsys.readouterr().out.strip("[]\n").split()]
    none_seen = jaxdump.PublishedCounts(events=-np.log(0.05))  # M3 sees nothing: exp(-s) = 1 - 0.95
    np.testing.assert_allclose(printed, jaxdump.limit(M3_1E13, LmuLtau, [0.01, 0.1], none_seen).lower[:, 0], rtol=1e-6)
    assert all(f"{number:.2e}" in code for number in printed)
