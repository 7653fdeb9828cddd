"""The command line, as a user meets it: in a process of its own for what depends on one, else in this one."""

import json
import subprocess
import sys

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import poisson
from terminal import answer, complaint, run

from jaxdump.cli import entry, output
from jaxdump.cli.commands.sensitivity import by_errors, rows_of
from jaxdump.experiments import NA64MU_2022
from jaxdump.inference.refinement import MOST_ADDED
from jaxdump.inference.sensitivity import Sensitivity
from jaxdump.theories import AlpPhoton

SUBJECT = ["na64mu-2022", "alp-photon"]
THEORY_FILE = """
from typing import ClassVar
from jaxdump.theories import Emission, RadiatedByLeptons, amplitudes, coupling, parameter
class Half(RadiatedByLeptons):
    name: ClassVar = "half"
    references: ClassVar = ("arXiv:0000.00000",)
    mass: float = parameter()
    g: float = coupling()
    def emissions(self, lepton):
        return (Emission(self.g / 2, amplitudes.Bremsstrahlung(amplitudes.vector)),) if lepton == "muon" else ()
    def widths(self, particle=""):
        return {}
"""


log_events = jax.jit(lambda run, theory: run.log_signal(theory)[0])
PLACES = {
    "exposure": lambda run: run.exposure,
    "x_min": lambda run: run.productions[0].x_min,
    "beam_energy": lambda run: run.productions[0].source.beam.energy,
    "exit_length": lambda run: run.regions[0].channels[0].stages[0].detector.exit_length,
    "skip_layers": lambda run: run.regions[0].channels[0].stages[0].detector.skip_layers,
}
"""Where a number of the visible region of na64mu-2022 is."""
EXCLUDED = {
    "observed": brentq(lambda s: poisson.cdf(2, s) - 0.1, 1, 20),
    "background": brentq(lambda s: poisson.cdf(4, s + 2) - 0.1 * poisson.cdf(4, 2), 1, 20),
}
"""Signal events that exact CLs exclude at 0.90: two seen, and four seen with two expected."""


def test_help_does_not_import_jax():
    code = "import sys, jaxdump.cli.parser; jaxdump.cli.parser.parser().format_help(); sys.exit('jax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_process_of_its_own(tmp_path):
    """The answer is JSON on standard output and nothing else, also from the cache of compiled programs."""
    arguments = (
        "limit",
        *SUBJECT,
        "--mass",
        "0.01",
        "--region",
        "invisible",
        "--events",
        "2.3",
        "--set",
        "efficiency=1",
        "--json",
    )
    first, second = (run(*arguments, XDG_CACHE_HOME=str(tmp_path)) for _ in range(2))
    assert any((tmp_path / "jaxdump").iterdir())
    assert first.stdout == second.stdout
    assert (first.returncode, second.returncode, first.stderr, second.stderr) == (0, 0, "", "")
    (row,) = json.loads(first.stdout)["rows"]
    assert row["lower"] == pytest.approx(1.84e-3, rel=3e-3)


def test_list(capsys):
    assert {row["theory"] for row in answer(capsys, "list", "theories")} >= {"alp-photon", "lmu-ltau-dark", "dark-photon"}
    assert {row["experiment"] for row in answer(capsys, "list", "experiments")} >= {"na64mu-2022", "na64mu-1e14"}
    assert all(row["references"] for row in answer(capsys, "list"))
    assert entry.main(["list"]) == 0
    assert "alp-muon" in capsys.readouterr().out


def test_xsec(capsys):
    rows = answer(capsys, "xsec", *SUBJECT, "--mass", "0.01,0.1")
    assert [(row["mass"], row["method"]) for row in rows] == [(0.01, "ww"), (0.1, "ww")]
    assert rows[0]["sigma_pb"] == pytest.approx(0.14314818436431542 * 3.893793721e8, rel=1e-6)
    below = answer(capsys, "xsec", *SUBJECT, "--mass", "0.1", "--x", "0.1,0.7", "--method", "iww")
    assert [(row["x"], row["method"]) for row in below] == [(0.1, "iww"), (0.7, "iww")]
    assert set(below[0]) == {"mass", "method", "x", "dsigma_dx_pb"}
    assert below[0]["dsigma_dx_pb"] > below[1]["dsigma_dx_pb"] > 0


def test_events_are_an_outer_product(capsys, reference):
    rows = answer(
        capsys,
        "events",
        *SUBJECT,
        "--mass",
        "0.01,0.03",
        "--coupling",
        "3e-4,3e-3",
        "--set",
        "efficiency=1",
        "--set",
        "visible.skip_layers=0",
    )
    assert len(rows) == 8
    found = {(row["mass"], row["coupling"], row["region"]): row["events"] for row in rows}
    for row in reference["events_2022_eff1_L10m"]:
        for region, key in (("visible", "N_vis"), ("invisible", "N_inv")):
            if row["model"] == "alp_gamma" and (row["mX"], row["g"], region) in found:
                assert found[row["mX"], row["g"], region] == pytest.approx(row[key], rel=1e-5)


def test_limit_statuses(capsys):
    rows = answer(capsys, "limit", *SUBJECT, "--mass", "0.01,1")
    status = {(row["mass"], row["region"]): (row["status"], row["lower"] is None, row["upper"] is None) for row in rows}
    assert status[0.01, "visible"] == ("found", False, False)
    assert status[1.0, "visible"] == ("allowed", True, True)
    assert status[0.01, "invisible"] == ("allowed", True, True)


def test_what_was_not_calculated_is_not_allowed(capsys):
    """160 GeV less the mass of a muon is what a muon can give away; electrons have no coupling to Lmu - Ltau."""
    limit = lambda *words: (entry.main(["limit", *words]), capsys.readouterr().out)[1]
    rows = answer(capsys, "limit", *SUBJECT, "--mass", "1,159,160,200")
    assert [row["status"] for row in rows] == ["allowed"] * 4 + ["closed"] * 4
    assert "na64mu-2022: closed above 159.9 GeV\n" in limit(*SUBJECT, "--mass", "1,200")
    told = limit(*SUBJECT, "--mass", "200")
    assert "closed above 159.9 GeV; masses are in GeV: was 0.2 meant?" in told
    assert "no event is expected of any coupling, so nothing is allowed or excluded" in told
    assert "closed above" in limit(*SUBJECT, "--mass", "200", "--combine")
    told = complaint(capsys, "limit", "superk", "dark-photon", "--mass", "0.1")
    assert "dark-photon at superk is not calculated: no production there makes it; take one of na64mu-2022, " in told
    assert "atmospheric-decays" in told
    told = complaint(capsys, "limit", "na64e-2022", "scalar", "--set", "couples=muon", "--mass", "0.1")
    assert "scalar at na64e-2022 is not calculated" in told
    rows = answer(capsys, "limit", "na64e-2022,na64mu-2022", "lmu-ltau", "--mass", "0.1")
    assert [row["status"] for row in rows] == ["not_made", "found", "not_seen"]
    assert "na64e-2022: lmu-ltau is not calculated" in limit("na64e-2022,na64mu-2022", "lmu-ltau", "--mass", "0.1")
    rows = answer(capsys, "limit", "na64mu-2022", "lmu-ltau", "--mass", "0.01,200")
    assert [row["status"] for row in rows] == ["found", "not_seen", "closed", "closed"]
    zeros = ("events", "--mass", "200", "--coupling", "1e-3"), ("xsec", "--mass", "200")
    for command, *more in (*zeros, ("contours", "--box", "200", "300", "1e-6", "1"), ("sensitivity", "--mass", "200")):
        assert entry.main([command, *SUBJECT, *more]) == 0
        assert capsys.readouterr().out.endswith(
            "na64mu-2022: no event is expected of any coupling, so nothing is allowed or excluded\n"
        )


@pytest.mark.parametrize("name", ["exposure", "x_min", "beam_energy", "exit_length", "skip_layers", "observed", "background"])
def test_every_named_number_can_be_set(capsys, name):
    value = {"x_min": 0.6, "beam_energy": 150, "exposure": 1e13}.get(name, 2)
    more = ("--statistic", "cls") if name in ("observed", "background") else ()
    arguments = ("limit", *SUBJECT, "--mass", "0.012", "--region", "visible", *more, "--set", "exposure=1e12")
    before, after = (answer(capsys, *arguments, *change) for change in ((), ("--set", f"{name}={value}")))
    assert (before[0]["lower"], before[0]["upper"]) != (after[0]["lower"], after[0]["upper"])
    changed = eqx.tree_at(lambda run: run.exposure, NA64MU_2022.only("visible"), 1e12)
    changed = changed if name in EXCLUDED else eqx.tree_at(PLACES[name], changed, float(value))
    for edge in ("lower", "upper"):
        events = float(jnp.exp(log_events(changed, AlpPhoton(jnp.float64(0.012), jnp.float64(after[0][edge])))))
        assert events == pytest.approx(EXCLUDED.get(name, 7.8), rel=1e-6)


def test_numbers_of_the_theory_can_be_set(capsys):
    base = ("events", "na64mu-2022", "dark-photon", "--mass", "0.5", "--coupling", "1e-3", "--region", "invisible")
    dark, visible = (answer(capsys, *base, *change)[0]["events"] for change in ((), ("--set", "alpha_D=0")))
    assert dark > 0.01
    assert visible < 1e-6


def test_own_theory_and_experiment(capsys, tmp_path):
    (tmp_path / "mine.py").write_text(THEORY_FILE + "from jaxdump.experiments import NA64MU_1E12 as RUN\n")
    mine = answer(
        capsys, "limit", f"{tmp_path}/mine.py:RUN", f"{tmp_path}/mine.py:Half", "--mass", "0.1", "--region", "invisible"
    )
    theirs = answer(capsys, "limit", "jaxdump.experiments:NA64MU_1E12", "lmu-ltau", "--mass", "0.1", "--region", "invisible")
    assert mine[0]["lower"] == pytest.approx(2 * theirs[0]["lower"], rel=1e-9)


def test_out_writes_everything_and_repeat_repeats_it(capsys, tmp_path):
    out = tmp_path / "deep" / "down"
    arguments = ("limit", "na64mu-1e13,na64mu-2022", "alp-photon", "--mass-range", "5e-3", "0.2", "9", "--out", out)
    rows = answer(capsys, *arguments)
    names = {file.name for file in out.iterdir()}
    assert names == {f"limit_alp-photon.{ending}" for ending in ("png", "pdf", "csv", "json", "run.json")}
    assert (out / "limit_alp-photon.png").read_bytes()[:4] == b"\x89PNG"
    header, *lines = (out / "limit_alp-photon.csv").read_text().splitlines()
    assert header == "experiment,mass [GeV],region,lower [GeV^-1],upper [GeV^-1],status"
    document = json.loads((out / "limit_alp-photon.json").read_text())
    assert len(rows) == 36
    assert 36 < len(lines) == len(document["rows"]) <= 36 + 4 * MOST_ADDED
    assert all(row in document["rows"] for row in rows)
    assert document["masses"] == sorted({row["mass"] for row in rows})
    written = [row for row in document["rows"] if (row["experiment"], row["region"]) == ("na64mu-2022", "visible")]
    tip = max((row for row in written if row["status"] == "found"), key=lambda row: row["mass"])
    assert tip["upper"] / tip["lower"] < 1.1
    assert [row["mass"] for row in written] == sorted(row["mass"] for row in written)
    before = {name: (out / name).read_bytes() for name in names}
    assert entry.main(["repeat", str(out), "--out", str(tmp_path / "again")]) == 0
    capsys.readouterr()
    for name in names:
        assert (tmp_path / "again" / name).read_bytes() == before[name]
    assert [folder.name for folder in tmp_path.iterdir() if folder.name.startswith(".")] == []


def test_an_empty_contour_says_why(capsys):
    subject = ["na64mu-1e13", "alp-muon", "--set", "loop_photons=0", "--region", "visible"]
    assert entry.main(["contours", *subject, "--box", "1e-3", "0.1", "1e-6", "1"]) == 0
    assert "visible: nothing in the box is excluded" in capsys.readouterr().out


def test_names_are_no_markup_and_tables_are_not_cut(monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    long = "a name that is longer than any terminal is wide, and then some more of it " * 2
    head, row = output.as_table(
        [{"region": "x[/red] :smile: [bold]", "about": long, "lower": 5.512234}], {"lower": "GeV^-1"}
    ).splitlines()
    assert head.split() == ["region", "about", "lower", "[GeV^-1]"]
    assert row.split(long.strip())[0].strip() == "x[/red] :smile: [bold]"
    assert row.split()[-1] == "5.51223"


def test_doctor(capsys):
    checks = {row["check"]: row["status"] for row in answer(capsys, "doctor") if "check" in row}
    assert checks == {"version": "ok", "products": "ok", "ranks": "ok", "physics": "ok"}


def test_figure_joins_islands_and_leaves_open_ends_open():
    from jaxdump.inference.limits import Limits
    from jaxdump.plot import islands

    mass = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    lower, upper = (np.array([[a], [a], [np.nan], [a], [a]]) for a in (1.0, 2.0))
    upper[4] = np.nan
    status = np.array([[0], [0], [1], [0], [0]])
    first, second = islands(Limits(("visible",), mass, lower, upper, status, np.ones((mass.size, 1, 2))), 0, top=10.0)
    assert (first.mass.tolist(), first.ends) == ([1.0, 2.0], (False, True))
    assert (second.mass.tolist(), second.ends) == ([4.0, 5.0], (True, False))
    assert second.upper.tolist() == [2.0, 20.0]


def test_another_level_asks_for_cls(capsys):
    (row,) = answer(capsys, "limit", "na64mu-2022", "lmu-ltau", "--region", "invisible", "--mass", "0.05", "--level", "0.95")
    (usual,) = answer(capsys, "limit", "na64mu-2022", "lmu-ltau", "--region", "invisible", "--mass", "0.05")
    assert row["lower"] / usual["lower"] == pytest.approx(np.sqrt(np.log(20) / np.log(10)), rel=1e-8)


def test_expected_limits_and_combined_regions(capsys):
    changes = ("invisible.background=3", "visible.background=3", "background_error=1", "exposure=1e12")
    noisy = [word for change in changes for word in ("--set", change)]
    rows = answer(capsys, "limit", *SUBJECT, "--mass", "0.005", "--combine", "--expected", "--statistic", "asymptotic", *noisy)
    assert [row["data"] for row in rows] == ["observed", *(f"expected {n:+d} sigma" for n in (-2, -1, 0, 1, 2))]
    assert {row["region"] for row in rows} == {"invisible + visible"}
    expected = [row["lower"] for row in rows[1:]]
    assert expected == sorted(expected)
    assert expected[0] < rows[0]["lower"] < expected[-1]


def test_bands_of_errors_are_rows_of_their_own(capsys):
    """NA64e's efficiency, 0.40 +- 0.05, moves its limit by the square root."""
    words = ("na64e-2022", "dark-photon", "--mass", "0.1")
    rows = answer(capsys, "limit", *words, "--band")
    assert [row["data"] for row in rows] == ["observed", "errors of numbers, strongest", "errors of numbers, weakest"]
    usual, strong, weak = (row["lower"] for row in rows)
    assert (strong, weak) == pytest.approx((usual * np.exp(-0.0625), usual * np.exp(0.0625)), rel=1e-4)
    assert "not allowed with argument" in complaint(capsys, "limit", *words, "--band", "--expected")


def test_sums_of_errors_are_told_for_each_edge():
    """Two numbers of which one moves both edges; a region without an edge."""
    nan, row = np.nan, np.array
    slopes = Sensitivity(
        ("a", "b", "c"),
        ("r", "s"),
        row([[2.0] * 2] * 3),
        row([[0.6, nan]] * 3),
        row([[0.2, nan]] * 3),
        row([[0.1] * 2, [0.1] * 2, [nan] * 2]),
    )
    (told,) = by_errors(slopes)
    assert told == (
        "r: the error of a, b moves the smallest excluded coupling by 4.2 % and the largest excluded coupling by 1.4 %, "
        "together in quadrature"
    )
    rows = rows_of(slopes)
    assert [row["dlnlower by error"] for row in rows] == pytest.approx([0.03, 0.03, None])


def test_alternatives_of_an_experiment_are_listed(capsys):
    assert entry.main(["list", "atmospheric-decays"]) == 0
    told = "as good as the usual choices are primary=gsf, yields=sibyll, transition=point: limit --band"
    assert told in capsys.readouterr().out


@pytest.mark.slow
def test_contour_sensitivity_and_fit_write_and_repeat(capsys, tmp_path):
    box = ("--box", "5e-3", "0.1", "1e-4", "1e-2")
    commands = {
        "contours": ("contours", "na64mu-1e13", "alp-photon", "--set", "efficiency=1", *box),
        "sensitivity": ("sensitivity", "na64mu-1e13", "alp-photon", "--region", "invisible", "--mass", "0.01"),
        "fit": ("fit", "na64mu-1e13", "alp-photon", "--counts", str(tmp_path / "counts.json"), *box),
    }
    found = {}
    for name, words in commands.items():
        (tmp_path / "counts.json").write_text('{"invisible": 7, "visible": 2}', "utf-8-sig")
        rows = found[name] = answer(capsys, *words, "--out", tmp_path / name)
        files = sorted(file.name for file in (tmp_path / name).iterdir())
        assert files == sorted(f"{name}_alp-photon.{ending}" for ending in ("csv", "json", "pdf", "png", "run.json"))
        (tmp_path / "counts.json").unlink(missing_ok=True)  # a run holds them
        again = answer(capsys, "repeat", tmp_path / name, "--out", tmp_path / "again")
        assert again == rows
        stored = json.loads((tmp_path / name / f"{name}_alp-photon.json").read_text())
        assert stored["rows"] == rows
    assert {island["region"] for island in found["contours"]} == {"invisible", "visible"}
    for island in found["contours"]:
        assert set(island) == {"region", "closed", "status", "points", "jumps", "max_residual", "evaluations", "gradients"}
        assert island["max_residual"] < 1e-4


def test_choices_are_set_recorded_and_repeated(capsys, tmp_path):
    base = ("limit", "e137", "dark-photon", "--mass", "0.05", "--set", "alpha_D=0")
    thick = answer(capsys, *base)
    thin = answer(capsys, *base, "--set", "target=thin", "--out", tmp_path / "one")
    assert thick[0]["lower"] < thin[0]["lower"]
    document = json.loads((tmp_path / "one" / "limit_dark-photon.json").read_text())
    assert document["set"] == {"alpha_D": 0.0, "target": "thin"}
    assert answer(capsys, "repeat", tmp_path / "one", "--out", tmp_path / "two") == thin


def test_flux_by_parent_is_written_and_repeated(capsys, tmp_path):
    words = ("flux", "atmosphere", "millicharge", "--mass", "0.3", "--energy", "2,50", "--set", "parents=rho,omega")
    rows = answer(capsys, *words, "--out", tmp_path / "one")
    assert [row["parent"] for row in rows] == ["rho", "omega", "total"]
    for column in ("above 1 GeV", "at 2 GeV", "at 50 GeV"):
        assert rows[0][column] + rows[1][column] == pytest.approx(rows[2][column], rel=1e-9)
    assert answer(capsys, "repeat", tmp_path / "one", "--out", tmp_path / "two") == rows
    header = (tmp_path / "two" / "flux_millicharge.csv").read_text().splitlines()[0]
    assert header == "energy [GeV],rho,omega,total"
