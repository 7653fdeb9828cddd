"""The package as a whole: its order, what importing it does, and what its documents say."""

import ast
import graphlib
import pathlib
import re
import subprocess
import sys

import jax
import pytest

import jaxdump
from jaxdump.cli import doctor

ROOT = pathlib.Path(__file__).parent.parent
FLOW = [
    "typing",
    "constants",
    "units",
    "checks",
    "fields",
    "data",
    "numerics",
    "flux",
    "matter",
    "theories",
    "cosmology",
    "sources",
    "stage",
    "production",
    "transport",
    "detection",
    "region",
    "experiment",
    "settings",
    "inference",
    "experiments",
    "testing",
    "exchange",
    "plot",
    "cli",
]
"""Rooms and files in the order in which data flows: each imports only from those before it."""
MOST = 12
"""Modules directly in the package."""
FILES = sorted((ROOT / "jaxdump").rglob("*.py"))


def imported(path: pathlib.Path) -> list[str]:
    """The modules of jaxdump that a file imports, at its top or in its functions."""
    names = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names if alias.name.split(".")[0] == "jaxdump"]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "jaxdump":
            within = [f"{node.module}.{alias.name}" for alias in node.names]
            names += [name if name in MODULES else str(node.module) for name in within]
    return [name for name in names if name != "jaxdump"]


MODULES = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in FILES}
IMPORTS = {module: imported(path) for module, path in MODULES.items() if module not in ("jaxdump", "jaxdump.__main__")}


def room(module: str) -> str:
    """The room of the flow that a module is in, or the file that it is."""
    return module.split(".")[1]


@pytest.mark.parametrize("module", IMPORTS)
def test_a_file_imports_only_from_rooms_before_it(module):
    for name in IMPORTS[module]:
        assert FLOW.index(room(name)) <= FLOW.index(room(module)), f"{module} imports {name}"


def test_no_files_import_each_other():
    graph = {module: {name for name in names if name != module} for module, names in IMPORTS.items()}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        pytest.fail(f"a circle: {' <- '.join(error.args[1])}")


def test_few_modules_have_no_room():
    assert len(list((ROOT / "jaxdump").glob("*.py"))) <= MOST


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


def run_example(page: str, capsys) -> list[str]:
    """The lines that the only example in Python of a page prints."""
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), flags=re.DOTALL)
    exec(compile(code, page, "exec"), {})
    return capsys.readouterr().out.splitlines()


def test_example_of_the_readme_runs(capsys):
    shapes, slope = run_example("README.md", capsys)
    assert shapes == "('invisible', 'visible') (2, 2)"
    assert float(slope) == pytest.approx(-0.5)


def test_example_of_a_scan_runs(capsys):
    assert run_example("docs/python.md", capsys)[-1] == "(200, 2)"


def test_the_page_of_python_tells_of_every_public_name():
    words = re.sub(r"```.*?```", "", (ROOT / "docs" / "python.md").read_text(), flags=re.DOTALL)
    told = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]*)`", words))))
    assert set(jaxdump.__all__) - {"__version__"} <= told


def test_versions_agree():
    assert f"version: {jaxdump.__version__}" in (ROOT / "CITATION.cff").read_text()
    assert f"## {jaxdump.__version__}" in (ROOT / "CHANGELOG.md").read_text()
