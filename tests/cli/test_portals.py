"""The commands moment and recast, and limits with what agrees with the muon's magnetic moment."""

import csv
import json

import numpy as np
import pytest
from terminal import answer, complaint

from jaxdump.cli import entry
from jaxdump.cli.commands.recast import finer
from jaxdump.constants import MUON_MASS
from jaxdump.exchange.published import read_published
from jaxdump.theories.kinetic_mixing import effective_charge
from jaxdump.theories.moments import DELTA_A

HEAD = "experiment,mass [GeV],region,lower [1],upper [1],status\n"
LIMITS = HEAD + "".join(
    [
        "lake,0.01,recoils,1e-4,,found\n",
        "lake,0.1,recoils,2e-4,,found\n",
        "lake,1.0,recoils,,,allowed\n",
        "sea,0.01,recoils,3e-4,1e-1,found\n",
        "sea,0.1,recoils,4e-4,5e-2,found\n",
    ]
)


def test_moment_has_a_row_for_every_mass_with_every_coupling(capsys):
    rows = answer(capsys, "moment", "lmu-ltau", "--mass", "0.01,0.1", "--coupling", "1e-4,5e-4")
    assert [(row["mass"], row["coupling"]) for row in rows] == [(0.01, 1e-4), (0.01, 5e-4), (0.1, 1e-4), (0.1, 5e-4)]
    assert rows[3]["delta_a_mu"] == pytest.approx(25 * rows[2]["delta_a_mu"], rel=1e-12)
    assert rows[1]["delta_a_mu"] == pytest.approx(2.478e-9, rel=1e-3)
    assert entry.main(["moment", "axial-vector", "--mass", "0.1", "--coupling", "1e-4", "--set", "couples=muon"]) == 0
    told = capsys.readouterr().out
    assert "measured less expected, 2025: 3.8e-10 +- 6.3e-10" in told
    assert "2506.03069" in told


def test_what_has_no_moment_is_told(capsys):
    numbers = "--mass", "0.1", "--coupling", "1e-4"
    assert "of photon-fusion (a loop with photons) is not calculated" in complaint(capsys, "moment", "alp-photon", *numbers)
    assert "has no coupling to muons" in complaint(capsys, "moment", "axial-vector", *numbers, "--set", "couples=electron")
    assert "is not calculated: tau in the loop" in complaint(capsys, "moment", "scalar-mu-tau", *numbers)
    zero = complaint(capsys, "limit", "na64e-2022", "vector", "--mass", "0.01", "--set", "charge_e=1", "--g-2")
    assert "vector has no coupling to muons" in zero
    assert "--set charges=B-L" in zero
    assert entry.main(["moment", "vector", *numbers]) == 0
    assert "note: vector has no coupling to muons" in capsys.readouterr().err
    assert "no theory 'na64mu-2022'" in complaint(capsys, "moment", "na64mu-2022", *numbers)
    wrong = complaint(capsys, "limit", "na64mu-2022", "lmu-ltau", "--mass", "0.1", "--delta-a", "2021,-1")
    assert "--delta-a takes 2025 or 2021, or VALUE,ERROR with an error above zero, not 2021,-1" in wrong


def test_limits_have_rows_and_a_figure_of_what_agrees_with_the_moment(capsys, tmp_path):
    asked = "limit", "na64mu-2022", "lmu-ltau", "--region", "invisible", "--mass", "0.01,0.1", "--delta-a", "2021"
    rows = answer(capsys, *asked, "--out", tmp_path)
    found = [row for row in rows if row["experiment"] == "g-2 2021"]
    assert [(row["mass"], row["region"], row["status"]) for row in found] == [
        (m, "within 2 sigma", "agrees") for m in (0.01, 0.1)
    ]
    assert [row["lower"] for row in found] == pytest.approx([3.663e-4, 6.888e-4], rel=1e-3)
    with open(tmp_path / "limit_lmu-ltau.csv") as file:
        table = list(csv.DictReader(file))
    assert {row["experiment"] for row in table} == {"na64mu-2022", "g-2 2021"}
    assert (tmp_path / "limit_lmu-ltau.png").stat().st_size > 10_000
    assert json.loads((tmp_path / "limit_lmu-ltau.run.json").read_text())["arguments"][-2:] == ["--delta-a", "2021"]
    given = answer(capsys, *asked[:-1], "251e-11,59e-11")[-1]
    assert given["lower"] == pytest.approx(found[-1]["lower"], rel=1e-12)
    default = answer(capsys, *asked[:-2], "--g-2")[-1]
    assert (default["experiment"], default["lower"]) == ("g-2 2025", None)


def test_no_coupling_that_agrees_is_told(capsys):
    asked = "limit", "na64mu-2022", "pseudoscalar-muon", "--region", "invisible", "--mass", "0.1", "--delta-a", "2021"
    assert entry.main([*asked]) == 0
    told = capsys.readouterr().out
    assert "no coupling of pseudoscalar-muon agrees with the magnetic moment of 2021 within 2 sigma" in told
    assert "disagrees" in told


@pytest.fixture
def curve(tmp_path):
    path = tmp_path / "mcp.csv"
    path.write_text("# mass [MeV], epsilon\n10,1e-4\n50,2e-4\n200,1e-3\n1000,3e-2\n")
    return path


def test_recast_divides_by_the_charge_of_the_loop(capsys, curve, tmp_path):
    rows = answer(capsys, "recast", curve, "--to", "lmu-ltau-dark", "--out", tmp_path / "out")
    mass, coupling = np.array([0.01, 0.05, 0.2, 1.0]), np.array([1e-4, 2e-4, 1e-3, 3e-2])
    assert [row["mass"] for row in rows] == pytest.approx(mass, rel=1e-12)
    wanted = coupling / np.asarray(effective_charge(4 * mass**2))
    assert [row["coupling"] for row in rows] == pytest.approx(wanted, rel=1e-12)
    assert [row["millicharge"] for row in rows] == pytest.approx(coupling, rel=1e-12)
    files = {file.name for file in (tmp_path / "out").iterdir()}
    assert files == {f"recast_lmu-ltau-dark.{ending}" for ending in ("png", "pdf", "csv", "json", "run.json")}
    again = answer(capsys, "repeat", tmp_path / "out")
    assert again == rows
    at_zero = answer(capsys, "recast", curve, "--to", "lmu-ltau-dark", "--at", "zero")
    assert [row["coupling"] for row in at_zero] == pytest.approx(coupling / 0.04766135, rel=1e-6)


def test_recast_takes_limits_of_this_program(capsys, tmp_path):
    path = tmp_path / "limit_millicharge.csv"
    path.write_text(LIMITS)
    rows = answer(capsys, "recast", path, "--to", "lmu-ltau-dark", "--at", "zero")
    assert [(row["mass"], row["millicharge"], row["edge"]) for row in rows] == [(0.01, 1e-4, None), (0.1, 2e-4, None)]
    closed = answer(capsys, "recast", path, "--to", "lmu-ltau-dark", "--column", "sea")
    assert [(row["millicharge"], row["edge"]) for row in closed[:2]] == [(3e-4, "lower"), (4e-4, "lower")]
    read = read_published(str(path), column="sea recoils")
    assert (read.closed, read.assumed) == ((True,), False)
    assert read_published(str(path)).reading == "lake recoils of `limit`, not sea recoils (see --column)"
    wrong = complaint(capsys, "recast", path, "--to", "lmu-ltau-dark", "--column", "river")
    assert "has no curve 'river': choose from lake recoils, sea recoils" in wrong
    path.write_text(HEAD + "lake,0.01,recoils,,,allowed\nlake,0.1,recoils,,,allowed\n")
    assert "holds no limit of lake recoils" in complaint(capsys, "recast", path, "--to", "lmu-ltau-dark")


def test_recast_takes_no_other_theory_and_no_other_plane(capsys, curve, tmp_path):
    recast = lambda path: complaint(capsys, "recast", path, "--to", "lmu-ltau-dark")
    assert entry.main(["recast", str(curve), "--to", "lmu-ltau-dark"]) == 0
    assert "taken for a limit on millicharges" in capsys.readouterr().err
    run = {"arguments": ["limit", "na64e-2022", "dark-photon", "--mass", "0.01"]}
    for name, document in (("mcp.run.json", run), ("mcp.json", {"theory": "dark-photon", "coupling_unit": ""})):
        (tmp_path / name).write_text(json.dumps(document))
        assert "mcp.csv is of dark-photon, as the files of its run tell" in recast(curve)
        (tmp_path / name).unlink()
    (tmp_path / "mcp.json").write_text(json.dumps({"theory": "millicharge", "coupling_unit": ""}))
    assert entry.main(["recast", str(curve), "--to", "lmu-ltau-dark"]) == 0
    assert "taken for" not in capsys.readouterr().err
    curve.write_text(LIMITS.replace("mass [GeV]", "m_chi [GeV]"))
    assert "write them without --plane and --axes" in recast(curve)


def test_figures_of_recasts_have_the_cusp(curve):
    coarse = read_published(str(curve))
    fine = finer(coarse._replace(closed=(True,)))
    assert fine.closed == (True,)
    assert abs(fine.mass / MUON_MASS - 1).min() < 1e-12
    assert set(coarse.mass) <= set(fine.mass.tolist())
    way = fine.mass.argmax() + 1
    wanted = np.interp(np.log(fine.mass[:way]), np.log(coarse.mass), np.log(coarse.coupling))
    np.testing.assert_allclose(np.log(fine.coupling[:way]), wanted, rtol=1e-12)
    back = [np.log(one[[-1, 0]]) for one in (coarse.mass, coarse.coupling)]
    slope = np.diff(back[1]) / np.diff(back[0])
    np.testing.assert_allclose(np.log(fine.coupling[way:]), back[1][0] + slope * (np.log(fine.mass[way:]) - back[0][0]))


def test_recast_goes_to_what_has_a_loop(capsys, curve):
    assert "invalid choice: 'dark-photon'" in complaint(capsys, "recast", curve, "--to", "dark-photon")
    assert "the following arguments are required: --to" in complaint(capsys, "recast", curve)
    assert "invalid choice: 'infinity'" in complaint(capsys, "recast", curve, "--to", "lmu-ltau-dark", "--at", "infinity")


def test_measurements_are_those_that_options_name():
    from jaxdump.cli.options import MOMENTS

    assert tuple(DELTA_A) == MOMENTS
