"""The command `widths`."""

import csv
import json

import numpy as np
import pytest
from terminal import answer, complaint

from jaxdump.cli import entry
from jaxdump.cli.commands.widths import final_state
from jaxdump.constants import ELECTRON_MASS, HBAR_C
from jaxdump.theories import THEORIES, DarkPhoton

OWN = """
from typing import ClassVar
from jaxdump.theories import AbstractTheory, coupling, parameter
class Cascade(AbstractTheory):
    name: ClassVar = "cascade"
    references: ClassVar = ()
    particles: ClassVar = ("phi", "chi2", "chi1")
    mass: float = parameter("$m$", "GeV")
    g: float = coupling("$g$")
    def widths(self, particle=""):
        width = self.g**2 * self.mass
        return {
            "": {("chi1", "chi2"): width, ("photon", "photon", "photon"): 3 * width},
            "chi2": {("chi1", "electron", "positron"): 1e-3 * width},
        }.get(particle, {})
"""


def by_state(rows):
    return {row["final_state"]: row for row in rows}


def test_rows_of_a_dark_photon(capsys):
    rows = by_state(answer(capsys, "widths", "dark-photon", "--mass", 0.1, "--coupling", 1e-3))
    assert list(rows) == ["ee", "mumu", "tautau", "hadrons", "dark", "total"]
    wanted = DarkPhoton(0.1, 1e-3).widths()
    assert rows["ee"]["width_GeV"] == pytest.approx(float(wanted["electron", "electron"]), rel=1e-12)
    assert rows["dark"]["width_GeV"] == pytest.approx(float(wanted["chi", "chi"]), rel=1e-12)
    assert sum(row["branching_ratio"] for name, row in rows.items() if name != "total") == pytest.approx(1.0)
    total = rows["total"]
    assert total["branching_ratio"] == 1.0
    assert total["c_tau_m"] == pytest.approx(HBAR_C / total["width_GeV"], rel=1e-8)
    assert {row["c_tau_m"] for name, row in rows.items() if name != "total"} == {None}


@pytest.mark.parametrize("theory", THEORIES)
def test_every_theory_has_rows(theory, capsys):
    rows = answer(capsys, "widths", theory, "--mass", "0.3")
    assert set(rows[0]) - {"particle"} == {"mass", "final_state", "width_GeV", "branching_ratio", "c_tau_m"}
    first = [row for row in rows if row.get("particle") == rows[0].get("particle")]
    total = first[-1]
    assert total["final_state"] == "total"
    assert total["width_GeV"] == pytest.approx(sum(row["width_GeV"] for row in first[:-1]))
    assert (total["width_GeV"] == 0) == (total["branching_ratio"] is None) == (total["c_tau_m"] is None)


def test_a_theory_of_the_user_with_several_particles(capsys, tmp_path):
    (tmp_path / "own.py").write_text(OWN)
    rows = answer(capsys, "widths", f"{tmp_path / 'own.py'}:Cascade", "--mass", 2)
    told = [(row["particle"], row["final_state"], row["branching_ratio"]) for row in rows]
    assert told == [
        ("phi", "photons", 0.75),
        ("phi", "dark", 0.25),
        ("phi", "total", 1.0),
        ("chi2", "chi1 ee", 1.0),
        ("chi2", "total", 1.0),
    ]


def test_figure_is_sharp_and_in_the_csv(capsys, tmp_path):
    words = [
        "widths",
        "vector",
        "--mass",
        "1e-3,0.1",
        "--set",
        "charges=B-L",
        "--set",
        "alpha_D=0",
        "--out",
        str(tmp_path / "out"),
    ]
    assert entry.main(words) == 0
    stem = tmp_path / "out" / "widths_vector"
    assert all(stem.with_suffix(ending).exists() for ending in (".png", ".pdf", ".json"))
    with open(stem.with_suffix(".csv"), newline="") as file:
        rows = list(csv.DictReader(file))
    electrons = [(float(row["mass [GeV]"]), float(row["branching_ratio"])) for row in rows if row["final_state"] == "ee"]
    masses, ratios = np.array(electrons).T
    closed, opened = masses[ratios == 0].max(), masses[ratios > 0].min()
    assert closed < 2 * ELECTRON_MASS < opened
    assert opened / closed < 1 + 1e-4
    assert ratios[-1] == pytest.approx(0.4, rel=1e-6)
    document = json.loads(stem.with_suffix(".json").read_text())
    assert (document["theory"], document["coupling"], len(document["rows"])) == ("vector", 1.0, len(rows))
    before = stem.with_suffix(".csv").read_text()
    capsys.readouterr()
    assert entry.main(["repeat", str(stem.with_suffix(".run.json")), "--out", str(tmp_path / "again")]) == 0
    assert (tmp_path / "again" / "widths_vector.csv").read_text() == before


def test_what_is_stable_is_told(capsys):
    assert entry.main(["widths", "lmu-ltau-dark", "--mass", "0.1,0.2"]) == 0
    assert "lmu-ltau-dark tells no widths: it is stable, or nothing that it decays to is seen" in capsys.readouterr().out
    assert entry.main(["widths", "vector", "--mass", "1e-3,0.2", "--set", "charge_e=1", "--set", "alpha_D=0"]) == 0
    assert "vector is stable at 1 of 2 masses" in capsys.readouterr().out
    assert entry.main(["widths", "vector", "--mass", "0.2"]) == 0
    assert "a charge is zero unless a set or a number gives it: --set charges=B-L" in capsys.readouterr().out
    assert entry.main(["widths", "dark-axion", "--mass", "0.2"]) == 0
    assert "dark-axion tells no widths: it is stable, or nothing that it decays to is seen" in capsys.readouterr().out
    small = "--coupling", "1e-200", "--set", "charges=B-L", "--set", "alpha_D=0"
    assert entry.main(["widths", "vector", "--mass", "0.2", *small]) == 0
    told = capsys.readouterr().out
    assert "g = 1e-200 is so small that all widths are zero" in told
    assert "a charge is zero" not in told


def test_names_of_charged_leptons_are_short():
    theory = THEORIES["inelastic-scalar"](0.3, 1.0)
    assert final_state(("chi1", "muon", "muon"), theory) == "chi1 mumu"
    assert final_state(("muon", "tau"), theory) == "mu tau"
    assert final_state(("pi0", "photon"), theory) == "pi0 photon"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["vector", "--set", "charge_x=1"], "no number 'charge_x': did you mean charge_u or charge_s or charge_e"),
        (["vector", "--set", "B-L=1"], "B-L is no name but a value: set charges=B-L"),
        (["vector", "--set", "charges=B-3L"], "vector: no charges 'B-3L': choose one of custom, B-L,"),
        (["vector", "--set", "exposure=1"], "no number 'exposure': vector does not have it, see `jaxdump list NAME`"),
        (["dark-photon", "--set", "alpha_D=-1"], "dark-photon: alpha_D must be finite and at least 0, not -1"),
        (["dark-foton"], "no theory 'dark-foton': did you mean dark-photon"),
        (["na64e-2022"], "no theory 'na64e-2022'"),
        (
            ["vector", "--set", "charge_e=1e200"],
            "finite and at least 0, not inf: check g=1, charge_e=1e200",
        ),
        (["vector", "--coupling", "0"], "--coupling: coupling must be finite and positive, not 0"),
        (["vector", "--coupling", "1,2"], "--coupling: '1,2' is not a number"),
    ],
)
def test_bad_words_are_told(words, told, capsys):
    assert told in complaint(capsys, "widths", words[0], "--mass", "0.1", *words[1:])
