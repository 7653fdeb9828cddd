"""Every script runs at small size in this process, writes nothing into the tree, and its numbers are right."""

import csv
import importlib.util
import json
import re
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest

from jaxdump.inference import refinement
from jaxdump.production.leptons.exact_over_ww import table

ROOT = Path(__file__).parents[1]
DATA = ROOT / "jaxdump" / "data"
ELSEWHERE = {"make_yields": "test_yields.py"}
"""Scripts that have a file of their own."""
FORM_FACTOR = " 0.01 (1.0+0.0j)\n 0.5 (1.8+-0.25j)\n 1.2 (-0.75+0.125j)\n"
EVENTS = "# a list\nphase,cherenkov_region,exactly_one_neutron,E_MeV\n" + "".join(
    f"{phase},{region},0,{energy}\n"
    for phase, region, energy in [
        ("sk1", "med", 16.5),
        ("sk1", "med", 16.9),
        ("sk1", "low", 16.5),
        ("sk2", "med", 25.0),
        ("sk3", "med", 89.0),
        ("sk3", "med", 95.0),
    ]
)


@pytest.fixture
def ran(monkeypatch, capsys):
    """Runs a script with words of a command line and other constants; gives what it prints and the module."""
    matplotlib.use("Agg")
    before = {path: path.stat().st_mtime_ns for path in [*DATA.iterdir(), *(ROOT / "docs").iterdir()]}

    def run(name: str, *words: object, **constants: object):
        spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for key, value in constants.items():
            assert hasattr(module, key)
            setattr(module, key, value)
        monkeypatch.setattr(sys, "argv", [name, *map(str, words)])
        module.main()
        return capsys.readouterr().out, module

    yield run
    assert {path: path.stat().st_mtime_ns for path in [*DATA.iterdir(), *(ROOT / "docs").iterdir()]} == before


def rows(printed: str) -> list[list[str]]:
    """Cells of the tables that are printed, without their heads' lines."""
    lines = [line for line in printed.splitlines() if line.startswith("|") and "---" not in line]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_no_script_is_left_out():
    here = Path(__file__).read_text()
    for path in (ROOT / "scripts").glob("*.py"):
        assert path.stem in ELSEWHERE or f'ran("{path.stem}"' in here, path


def test_benchmark(ran):
    """Each rival reaches the accuracy that the comparison is for; a limit costs one production integral a mass."""
    printed, module = ran("benchmark", "--quick")
    lines = rows(printed)
    errors = {(code, nodes): float(error) for code, nodes, error, *_ in lines if re.match(r"\([abcd]\) ", code)}
    assert {code[:3] for code, _ in errors} == {"(a)", "(b)", "(c)", "(d)"}
    assert all(0 < error < (1e-5 if "float32" in code else module.ACCURACY) for (code, _), error in errors.items())
    assert "Production integrals for one mass with both regions: 1\n" in printed
    of = {line[0]: line[1:] for line in lines}
    assert 0 < float(of["--help"][0]) < float(of["limit, full cache"][0])
    assert float(of["reverse gradient of one region"][3]) > float(of["value"][3]) == 1


def test_benchmark_of_the_atmosphere(ran):
    (_, *lines) = rows(ran("benchmark_atmosphere", "--quick")[0])
    assert [line[0] for line in lines] == ["limit, one region", "flux, mesons"]
    for _, precision, first, next_ones in lines:
        assert precision == "float64"
        assert 0 <= float(next_ones) < float(first)


def test_benchmark_of_the_exact_tree_level(ran):
    """docs/theories.md says 1e-3."""
    _, (theory, lepton, *rates, worst) = rows(ran("benchmark_exact", "--quick")[0])
    assert (theory, lepton) == ("`dark-photon`", "electron")
    assert all(float(rate) > 0 for rate in rates)
    assert 0 < float(worst) < 1e-3


def test_benchmark_of_first_answers(ran):
    _, (command, empty, ratio, wanted, full, _) = rows(ran("benchmark_first_answers", "--quick")[0])
    assert command == "`limit na64mu-2022 alp-photon --mass-range 1e-3 0.1 30`"
    assert 0 < float(full) < float(empty)
    assert (float(ratio) > 1, float(wanted)) == (True, 2.5)


def test_benchmark_of_what_is_held(ran):
    """The grid keeps the events of all particles."""
    _, *lines = rows(ran("benchmark_held", "--quick")[0])
    assert [line[:3] for line in lines] == [["2", "20", "5,120"], ["3", "10", "5,120"]]
    for *_, next_ones, worst in lines:
        assert float(next_ones) > 0
        assert 0 < float(worst) < 5e-3


@pytest.mark.filterwarnings("ignore:jsonschema.RefResolver:DeprecationWarning")
def test_benchmark_of_inference(ran):
    """The contour keeps its tolerance with fewer calls than a grid that is further off; limits equal those of pyhf."""
    printed, _ = ran("benchmark_inference", "--quick")
    (_, values, gradients, _, error), (_, nodes, _, _, off) = rows(printed)[1:3]
    assert float(error) < 1e-3 < float(off)
    assert int(values) + int(gradients) < int(nodes.replace(",", ""))
    rates = [float(line[2]) for line in rows(printed)[4:]]
    assert len(rates) == 4
    assert min(rates) > 0
    ours, theirs = map(float, re.findall(r"(?:jaxdump|pyhf) ([\d.]+)", printed.splitlines()[-2]))
    assert ours == pytest.approx(theirs, rel=1e-5)


def test_figures_of_the_atmosphere(ran, tmp_path, monkeypatch):
    monkeypatch.setattr(refinement, "MOST_ADDED", 6)
    ran("make_atmosphere_figures", "--quick", DOCS=tmp_path)
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == [f"{name}_millicharge.png" for name in ("flux", "limit", "shadow")]
    assert all(file.read_bytes()[:4] == b"\x89PNG" for file in files)


def test_figures_of_portals(ran, tmp_path, monkeypatch):
    monkeypatch.setattr(refinement, "MOST_ADDED", 4)
    curve = tmp_path / "mcp.csv"
    curve.write_text("# mass [GeV], epsilon\n0.01,1e-4\n0.1,3e-4\n1,1e-2\n")
    names = ["limit_dark-axion.png", "limit_inelastic-scalar.png", "moment_lmu-ltau.png", "recast_lmu-ltau-dark.png"]
    assert ran("make_portals", f"mine={curve}", "--quick", DOCS=tmp_path)[0].splitlines() == names
    assert all((tmp_path / name).read_bytes()[:4] == b"\x89PNG" for name in names)


def test_reaches(ran, tmp_path):
    assert ran("make_reaches", "--quick", "--points", 3, DOCS=tmp_path)[0] == "reach_scalar.png\n"
    assert (tmp_path / "reach_scalar.png").read_bytes()[:4] == b"\x89PNG"


def test_reach_of_millicharges(ran, tmp_path):
    assert ran("make_millicharges", "--quick", "--points", 3, DOCS=tmp_path)[0] == "reach_millicharge.png\n"
    assert (tmp_path / "reach_millicharge.png").read_bytes()[:4] == b"\x89PNG"


def test_visible_dark_photons_and_beams_of_positrons(ran, tmp_path, monkeypatch):
    monkeypatch.setattr(refinement, "MOST_ADDED", 2)
    printed, _ = ran("make_visible", "--quick", "--points", 3, DOCS=tmp_path)
    assert printed.split() == ["reach_dark-photon_visible.png", "reach_dark-photon_positrons.png"]
    assert all((tmp_path / name).read_bytes()[:4] == b"\x89PNG" for name in printed.split())


def test_vectors(ran, tmp_path):
    files = ["reach_vector_B-L.png", "widths_vector.png"]
    assert ran("make_vectors", "--quick", "--points", 3, DOCS=tmp_path)[0].split() == files
    assert all((tmp_path / name).read_bytes()[:4] == b"\x89PNG" for name in files)


def test_shares_of_vector_mesons_are_those_that_are_shipped(ran, tmp_path):
    ran("make_vector_mesons", TABLE=tmp_path / "made.txt")
    np.testing.assert_allclose(np.loadtxt(tmp_path / "made.txt"), np.loadtxt(DATA / "vector_mesons.txt"), rtol=1e-5, atol=1e-9)


def test_thermal_targets(ran, tmp_path):
    ran("make_thermal_targets", "--quick", "--points", 2, FIGURE=tmp_path / "targets.png")
    assert (tmp_path / "targets.png").read_bytes()[:4] == b"\x89PNG"


def test_ratios_are_those_that_are_shipped(ran):
    ((name, found),) = json.loads(ran("make_ratios", "--only", "ldmx", "--quick")[0]).items()
    shipped = table()[name]
    assert {key: found[key] for key in ("lepton", "energy", "material", "x_min", "theta_max")} == {
        key: shipped[key] for key in ("lepton", "energy", "material", "x_min", "theta_max")
    }
    assert len(found["mass"]) == 3
    wanted = [shipped["ratio"]["scalar"][shipped["mass"].index(mass)] for mass in found["mass"]]
    np.testing.assert_allclose(found["ratio"]["scalar"], wanted, rtol=1e-5)


def test_the_reference_of_the_command_line_is_what_the_options_tell(ran, tmp_path):
    ran("make_reference", PAGE=tmp_path / "made.md")
    assert (tmp_path / "made.md").read_text() == (ROOT / "docs" / "command_line.md").read_text()


def test_form_factor_is_copied(ran, tmp_path):
    (tmp_path / "given.txt").write_text("k F\n" + FORM_FACTOR)
    ran("make_form_factor", tmp_path / "given.txt", TABLE=tmp_path / "made.csv")
    lines = [line for line in (tmp_path / "made.csv").read_text().splitlines() if not line.startswith("#")]
    assert lines == ["k,real,imaginary", "0.01,1,0", "0.5,1.8,-0.25", "1.2,-0.75,0.125"]


def test_parton_densities_are_those_that_are_shipped(ran, tmp_path, monkeypatch):
    pytest.importorskip("pythia8mc")
    monkeypatch.setenv("PYTHIA8DATA", "")  # the script sets it
    ran("make_pdfs", TABLE=tmp_path / "made.npz")
    with np.load(tmp_path / "made.npz") as made, np.load(DATA / "parton_densities.npz") as shipped:
        assert set(made) == set(shipped)
        for name in set(made) - {"provenance"}:
            np.testing.assert_allclose(made[name], shipped[name], rtol=1e-6, err_msg=name)


def test_primaries_are_those_that_are_shipped(ran, tmp_path):
    pytest.importorskip("crflux")
    ran("make_primaries", TABLE=tmp_path / "made.txt")
    np.testing.assert_allclose(np.loadtxt(tmp_path / "made.txt"), np.loadtxt(DATA / "gsf_nucleons.txt"), rtol=1e-6)


def test_spectra_of_superk_but_for_the_events_are_those_that_are_shipped(ran, tmp_path):
    (tmp_path / "events.csv").write_text(EVENTS)
    ran("make_superk", tmp_path / "events.csv", TABLE=tmp_path / "made.csv")
    read = lambda path: list(csv.DictReader(line for line in path.read_text().splitlines() if not line.startswith("#")))
    made, shipped = read(tmp_path / "made.csv"), read(DATA / "superk_spectrum.csv")
    assert [{**row, "observed": 0} for row in made] == [{**row, "observed": 0} for row in shipped]
    seen = {(row["phase"], row["low"]): int(row["observed"]) for row in made if row["observed"] != "0"}
    assert seen == {("sk1", "16"): 2, ("sk2", "23"): 1, ("sk3", "70"): 1}


def test_track_lengths_are_those_that_are_shipped(ran, tmp_path):
    """A coarse table has the corners of a fine one: there Chebyshev polynomials are 1 or -1."""
    ran("make_track_lengths", FILE=tmp_path / "made.npz", NODES=(2, 3))

    def corners(path):
        with np.load(path) as file:
            coefficients = file["coefficients"]
        ends = [np.array([np.ones(n), (-1.0) ** np.arange(n)]) for n in coefficients.shape[-2:]]
        return np.einsum("...ij,ai,bj->...ab", coefficients, *ends)

    np.testing.assert_allclose(corners(tmp_path / "made.npz"), corners(DATA / "track_lengths.npz"), atol=1e-6)


def test_claims_of_the_documents(ran):
    """The pages of docs say of approximations what is measured; numbers that cost little here, the others by a sample."""
    printed, _ = ran("measure_claims", "--quick")
    measured = {
        claim: {(pair := one.rsplit(" ", 1))[0]: float(pair[1]) for one in numbers.split(", ")}
        for claim, numbers in rows(printed)[1:]
    }
    kind = lambda setup, particles, where: measured[f"ww over exact, {setup}, {particles}, {where}"]
    muons = kind("na64mu", "spins 0 and 1", "up to 1 GeV")
    assert 1 <= muons["from"] < muons["to"] < 1.01
    assert kind("na64mu", "spin 2", "up to 1 GeV")["from"] == pytest.approx(1 - 0.034, abs=5e-4)
    assert kind("m3", "spin 2", "up to 1 GeV")["from"] == pytest.approx(1 - 0.10, abs=5e-3)
    assert kind("m3", "spins 0 and 1", "up to 1 GeV")["to"] == pytest.approx(1.03, abs=5e-3)
    electrons = ("na64e", "ldmx", "e137")
    for particles, lowest in (("spins 0 and 1", (0.73, 0.769)), ("alp-photon", (0.286, 0.311)), ("spin 2", (0.214, 0.257))):
        values = [kind(setup, particles, "up to 1 GeV")["from"] for setup in electrons]
        assert (min(values), max(values)) == pytest.approx(lowest, abs=6e-3)
    highest = [kind(setup, "spins 0 and 1", "above")["to"] for setup in electrons]
    assert (min(highest), max(highest)) == pytest.approx((2.4, 2.8), abs=0.05)
    assert max(kind(setup, "spin 2", "above")["to"] for setup in electrons) == pytest.approx(1.2, abs=0.03)
    iww = measured["iww over exact, na64mu, lmu-ltau, 1 MeV to 1 GeV"]
    assert (iww["from"], iww["to"]) == pytest.approx((1.65, 2.37), abs=0.01)
    assert measured["ww-corrected over exact, events of na64e, dark-photon"]["from"] == pytest.approx(1.03, abs=0.01)
    thin = measured["smallest coupling with a thin target over that with a thick one, e137, dark-photon"]
    assert 1.5 < thin["from"] < thin["to"] < 2.5
    assert 0 < measured["float32: error of the events of na64mu-2022, lmu-ltau"]["largest"] < 1e-5
    assert 0 < measured["nodes: error of the events of na64mu-2022, lmu-ltau"]["largest"] < 1e-6
    charge = measured["limit on the charge over that of the published count, superk"]
    assert charge == {"asymptotic": pytest.approx(1 - 0.06, abs=5e-3)}
    smaller, larger = (measured[f"signal of superk with cutoff={cutoff}"]["0.1 GeV"] for cutoff in (1.0, 2.0))
    assert (smaller, larger) == pytest.approx((0.685, 1.34), rel=5e-3)
    published = measured["limit on eps over the published one, na64mu-2022"]
    assert all(abs(ratio - 1) < 0.01 for ratio in published.values())
    assert len(measured) == len(rows(printed)) - 1 > 30
