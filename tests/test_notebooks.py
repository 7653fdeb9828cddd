"""The notebooks are stored clean, run on small grids without an error, and leave no file behind."""

import os
from pathlib import Path

import jax
import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

CACHE = ("jax_compilation_cache_dir", "jax_persistent_cache_min_compile_time_secs", "jax_persistent_cache_min_entry_size_bytes")
NOTEBOOKS = sorted(Path(__file__).parents[1].joinpath("notebooks").glob("*.ipynb"))
pytestmark = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


class ThisInterpreter(AsyncKernelManager):
    """Starts kernels of the interpreter that runs the tests, whatever kernels are registered."""

    def _kernel_spec_manager_default(self):
        return KernelSpecManager(kernel_dirs=[])


def test_stored_clean(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.language_info == {"name": "python"}
    for cell in notebook.cells:
        assert not cell.metadata
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.slow
def test_runs(path, tmp_path):
    """In a fresh kernel, in an empty folder, with an empty home; compiled programs are kept where those of the tests are."""
    home, folder = tmp_path / "home", tmp_path / "empty"
    home.mkdir()
    folder.mkdir()
    places = {name: str(home) for name in ("IPYTHONDIR", "MPLCONFIGDIR", "XDG_CACHE_HOME")}
    cache = {name.upper(): str(getattr(jax.config, name)) for name in CACHE}
    notebook = nbformat.read(path, as_version=4)
    where = {"metadata": {"path": str(folder)}}
    client = NotebookClient(notebook, kernel_name="python3", kernel_manager_class=ThisInterpreter, timeout=300, resources=where)
    done = client.execute(env={**os.environ, **places, **cache, "JAXDUMP_POINTS": "8"})
    outputs = [output for cell in done.cells if cell.cell_type == "code" for output in cell.outputs]
    assert [output.text for output in outputs if output.get("name") == "stderr"] == []
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert list(folder.iterdir()) == []
