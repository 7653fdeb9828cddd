"""The package as a whole: its order, what importing it does, and what its documents say."""

import ast
import pathlib
import re
import subprocess
import sys

import jax
import pytest

import jaxdump
from jaxdump import doctor

ROOT = pathlib.Path(__file__).parent.parent
FLOW = [
    "typing",
    "constants",
    "ranges",
    "rules",
    "checks",
    "units",
    "quadrature",
    "interpolate",
    "hadrons",
    "mesons",
    "flux",
    "form_factors",
    "kinematics",
    "matrix_elements",
    "theories",
    "sources",
    "stage",
    "production",
    "transport",
    "detection",
    "experiment",
    "selections",
    "counts",
    "roots",
    "optimum",
    "poisson",
    "statistics",
    "profile_likelihood",
    "likelihood",
    "toys",
    "criterion",
    "level_sets",
    "programs",
    "limits",
    "thresholds",
    "signals",
    "tips",
    "refinement",
    "islands",
    "fitting",
    "fisher",
    "experiments",
    "modules",
    "names",
    "sensitivities",
    "start",
    "process",
    "folders",
    "records",
    "output",
    "published",
    "plot",
    "doctor",
    "asked",
    "cli",
    "commands",
]
FILES = sorted((ROOT / "jaxdump").rglob("*.py"))


def part(module: str) -> str:
    """Which part of the flow a module belongs to."""
    return module.split(".")[1] if "." in module else module


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_imports_only_from_those_before_it(path):
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    if module in ("jaxdump.__init__", "jaxdump.__main__"):  # public names; the entry
        return
    here = FLOW.index(part(module))
    for node in ast.parse(path.read_text()).body:
        names = []
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("jaxdump"):
            names = [node.module] if "." in node.module else [f"jaxdump.{alias.name}" for alias in node.names]
        for name in names:
            if part(name) != "__version__":
                assert FLOW.index(part(name)) <= here, f"{module} imports {name}"


def test_importing_starts_no_backend_and_changes_no_flag():
    code = """
import sys, pkgutil, importlib, jax
before = dict(jax.config.values)
import jaxdump
for module in pkgutil.walk_packages(jaxdump.__path__, "jaxdump."):
    if module.name != "jaxdump.__main__":
        importlib.import_module(module.name)
for name in jaxdump.__all__:
    getattr(jaxdump, name)
from jax._src import xla_bridge
assert not xla_bridge._backends, "a backend was started"
assert all(jax.config.values[name] == value for name, value in before.items()), "a flag was changed"
assert "matplotlib.pyplot" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_public_names_are_listed_once_and_exist():
    assert sorted(jaxdump.__all__) == sorted([*jaxdump.HOME, "__version__"])
    assert dir(jaxdump) == jaxdump.__all__
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        jaxdump.nothing  # noqa: B018


def test_wrong_versions_of_jax_are_excluded():
    project = (ROOT / "pyproject.toml").read_text()
    assert jax.__version__ not in doctor.WRONG_JAX
    for version in doctor.WRONG_JAX:
        assert project.count(f"!={version}") == 2


@pytest.mark.parametrize("name", ["products", "ranks"])
def test_this_jax_calculates_right(name):
    ok, detail = doctor.CHECKS[name]()
    assert ok, detail


def test_example_of_the_readme_runs(capsys):
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    exec(compile(code, "README.md", "exec"), {})
    printed = capsys.readouterr().out.split("\n")
    assert printed[1] == "(200, 2)"
    assert float(printed[-2]) == pytest.approx(-0.5)


def test_versions_agree():
    assert f"version: {jaxdump.__version__}" in (ROOT / "CITATION.cff").read_text()
    assert f"## {jaxdump.__version__}" in (ROOT / "CHANGELOG.md").read_text()
