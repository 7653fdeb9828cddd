"""Programs that outlive the process: what is kept, what is found again, and what is not trusted."""

import dataclasses
import subprocess
import sys
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxdump
from jaxdump.experiments import NA64MU_2022
from jaxdump.numerics import programs
from jaxdump.numerics.programs import Program, Unknown, description, fixed, level_for, work
from jaxdump.theories import DarkPhoton, LmuLtau
from jaxdump.theories.family import Family, family


def scaled(run, theory, points, count, *, power):
    """A quick program of the same kind as those of limits: it tells when it is traced."""
    traced.append(power)
    theory = theory(points[0], points[1])
    each = jnp.log(run.exposure) + points**power * sum(theory.widths().values())
    return jnp.where(np.arange(points.size) < count, each, 0.0), each


scaled.__module__ = "jaxdump.scaled"  # as if it belonged to the package
traced: list[int] = []
POINTS = np.array([0.5, 1e-3, 2.0, 3.0])


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A folder for programs, and how many are in it."""
    monkeypatch.setattr(programs.Store, "folder", tmp_path / "programs")
    traced.clear()
    return lambda: len(list((tmp_path / "programs").glob("*")))


def run(program, experiment=NA64MU_2022, theory=DarkPhoton, points=POINTS, count=3, **more):
    return np.asarray(program(experiment, family(theory), points, count, power=2, **more)[0])


def test_other_numbers_trace_nothing_and_other_processes_neither(store):
    first, again = run(Program(scaled)), run(Program(scaled))  # the second knows nothing but the folder
    np.testing.assert_array_equal(first, again)
    other = dataclasses.replace(NA64MU_2022, exposure=1e3)
    shifted = run(Program(scaled), other, partial(DarkPhoton, alpha_D=0.3), count=4)
    assert (traced, store()) == ([2], 1)
    direct = scaled(other, Family(DarkPhoton, alpha_D=0.3), jnp.asarray(POINTS), 4, power=2)[0]
    np.testing.assert_allclose(shifted, direct, rtol=1e-12)


def test_other_numbers_of_a_keyword_are_another_program(store):
    """Static numbers are a part of the program, in its file too."""
    for power in (2.0, 3.0):
        kept = Program(scaled)(NA64MU_2022, family(DarkPhoton), POINTS, 3, power=power)[0]
        np.testing.assert_allclose(
            kept, scaled(NA64MU_2022, family(DarkPhoton), jnp.asarray(POINTS), 3, power=power)[0], rtol=1e-12
        )
    assert store() == 2


SOLVER = """
import sys, pathlib
import jax.numpy as jnp, numpy as np
from jaxdump.numerics import programs
def solved(matrix, vector, count):
    return jnp.linalg.solve(matrix, vector)
solved.__module__ = "jaxdump.solved"
programs.prepare(pathlib.Path(sys.argv[1]))
print(programs.Program(solved)(2 * np.eye(2), np.ones(2), 1).tolist())
"""


def test_another_process_solves_equations(tmp_path):
    """It lowers nothing, and so nothing makes LAPACK ready for it."""
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", SOLVER, str(tmp_path)], capture_output=True, text=True, check=True)
        assert done.stdout == "[0.5, 0.5]\n"


@pytest.mark.parametrize(
    "change",
    [
        {"theory": LmuLtau},
        {"theory": partial(DarkPhoton, dark="majorana")},
        {"experiment": NA64MU_2022.only("visible")},
        {"points": POINTS[:3]},
        {"points": POINTS.astype(np.float32)},
    ],
    ids=("theory", "word", "regions", "shape", "dtype"),
)
def test_another_structure_is_another_program(store, change):
    kept = description((scaled, NA64MU_2022, family(DarkPhoton), POINTS))
    given = {"experiment": NA64MU_2022, "theory": DarkPhoton, "points": POINTS, **change}
    assert description((scaled, given["experiment"], family(given["theory"]), given["points"])) != kept


def test_a_statistic_is_known_by_its_numbers():
    """A keyword of the program that finds slopes of limits."""
    assert fixed({"rule": jaxdump.CLs(0.9)}) != fixed({"rule": jaxdump.CLs(0.95)})
    assert fixed({"rule": jaxdump.CLs(0.9)}) == fixed({"rule": jaxdump.CLs(level=0.9)})
    with pytest.raises(Unknown):
        fixed({"rule": dataclasses.make_dataclass("Own", [("level", float)], frozen=True)(0.9)})


def test_what_is_not_of_the_package_is_not_kept(store):
    class Mine(DarkPhoton):
        """A user's theory: its file may change."""

    np.testing.assert_array_equal(run(Program(scaled), theory=Mine), run(Program(scaled)))
    run(Program(scaled), theory=lambda mass, coupling: DarkPhoton(mass, coupling))
    assert store() == 1
    for unknown in (Mine, family(lambda mass, coupling: None), test_what_is_not_of_the_package_is_not_kept):
        with pytest.raises(Unknown):
            description(unknown)


def test_a_broken_file_is_made_anew(store, tmp_path):
    first = run(Program(scaled))
    (path,) = (tmp_path / "programs").glob("*")
    whole = path.read_bytes()
    for broken in (b"", whole[:100], whole[:-1] + b"x"):
        path.write_bytes(broken)
        np.testing.assert_array_equal(run(Program(scaled)), first)
        assert path.read_bytes()[:32] != broken[:32] or len(path.read_bytes()) != len(broken)
    np.testing.assert_array_equal(run(Program(scaled)), first)  # what jax has in its own cache was compiled again, and is whole
    assert len(traced) == 4


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(programs.Store, "folder", tmp_path / "file" / "programs")
    assert np.isfinite(run(Program(scaled))).all()


def test_many_points_deserve_a_harder_compiler(store):
    levels = [level_for(numbers) for numbers in (1.0, 1e6, 1e12)]
    assert levels == [0, 1, 3]
    run(Program(scaled))
    run(Program(scaled), expected=10**9)
    run(Program(scaled))  # what was compiled harder serves few points too
    assert (len(traced), store()) == (2, 1)


def test_work_counts_what_loops_repeat():
    once = jax.make_jaxpr(lambda x: jnp.exp(x) + 1)(np.ones(10))
    loop = jax.make_jaxpr(lambda x: jax.lax.scan(lambda c, _: (jnp.exp(c) + 1, None), x, length=7)[0])(np.ones(10))
    assert work(once.jaxpr) == (20.0, 2)
    assert work(loop.jaxpr) == (140.0, 2)


def test_the_library_keeps_nothing():
    assert programs.Store.folder is None
