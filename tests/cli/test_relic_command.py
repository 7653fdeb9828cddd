"""The command of thermal targets, and limits in the plane of y."""

import csv

import pytest
from terminal import answer, complaint

RELIC = ("relic", "--dark-matter")


def test_targets_are_rows_and_files(capsys, tmp_path, monkeypatch):
    """The numbers of a published calculation; the files hold more masses, and a run repeats."""
    monkeypatch.setattr("jaxdump.cli.commands.relic.DRAWN", 3)
    rows = answer(capsys, *RELIC, "scalar", "--mass", "0.01,0.03", "--set", "alpha_D=0.1", "--out", tmp_path)
    assert [row["mass"] for row in rows] == [0.01, 0.03]
    assert [row["y"] for row in rows] == pytest.approx([1.3287e-11, 1.40828e-10], rel=1e-3)
    for row in rows:
        assert row["mediator_mass"] == pytest.approx(3 * row["mass"])
        assert row["coupling"] ** 2 * 0.1 / 3**4 == pytest.approx(row["y"])
    with open(tmp_path / "relic_dark-photon_scalar.csv") as file:
        table = list(csv.reader(file))
    assert table[0][:3] == ["mass [GeV]", "y [1]", "mediator_mass [GeV]"]
    assert [len(table), float(table[1][1])] == [4, pytest.approx(rows[0]["y"])]
    assert {path.suffix for path in tmp_path.iterdir()} == {".png", ".pdf", ".csv", ".json"}
    assert answer(capsys, "repeat", tmp_path, "--out", tmp_path / "again") == rows


def test_what_targets_are_not_calculated_for(capsys):
    """Of all commands this alone refuses mediators that do not decay to dark matter."""
    assert "mass_ratio must be at least 2, not 1.5" in complaint(capsys, *RELIC, "scalar", "--set", "mass_ratio=1.5")
    assert "no choice of dark matter in a plane of y" in complaint(capsys, *RELIC, "majorana", "--theory", "lmu-ltau")
    assert "a mediator of spin 0, not dark-photon" in complaint(capsys, *RELIC, "dirac-scalar", "--theory", "dark-photon")
    assert "--dark-matter" in complaint(capsys, *RELIC, "majorana", "--set", "dark=dirac")
    assert "no number 'colour': dark-photon does not have it" in complaint(capsys, *RELIC, "majorana", "--set", "colour=3")
    assert answer(
        capsys, "events", "na64e-2022", "dark-photon", *["--mass", "0.1", "--coupling", "1e-3", "--set", "mass_ratio=1.5"]
    )


def test_options_are_what_the_command_knows():
    from jaxdump.cli.commands.relic import KINDS
    from jaxdump.cli.options import DARK_MATTER, OMEGA
    from jaxdump.inference import relic

    assert tuple(KINDS) == DARK_MATTER.choices
    assert OMEGA.default == relic.OMEGA


LIMIT = ("limit", "na64mu-1e14", "dark-photon", "--region", "invisible", "--mass")


def test_limits_in_the_plane_of_y(capsys, tmp_path):
    """y is eps^2 alpha_D / mass_ratio^4, and the mass is that of dark matter: in rows and in a comparison."""
    numbers = ("--set", "alpha_D=0.5", "--set", "mass_ratio=4")
    (usual,) = answer(capsys, *LIMIT, "0.04", *numbers)
    (row,) = answer(capsys, *LIMIT, "0.01", *numbers, "--plane", "y")
    assert row["m_chi"] == 0.01
    assert row["lower"] == pytest.approx(usual["lower"] ** 2 * 0.5 / 4**4, rel=1e-6)
    (tmp_path / "curve.csv").write_text("mass,y\n0.01,1e-12\n0.02,1e-12\n")
    compare = ("compare", *LIMIT[1:3], tmp_path / "curve.csv", *LIMIT[3:5], *numbers, "--plane", "y")
    compared, _ = answer(capsys, *compare)
    assert (compared["m_chi"], compared["ours"]) == (0.01, pytest.approx(row["lower"], rel=1e-6))
    assert "choose from y" in complaint(capsys, *LIMIT, "0.01", "--plane", "z")
    assert "alpha_D must be" in complaint(capsys, *LIMIT, "0.01", "--plane", "y", "--set", "alpha_D=0")
    assert "the axis m_chi gives mass" in complaint(capsys, *LIMIT, "0.01", "--plane", "y", "--set", "mass=1")
