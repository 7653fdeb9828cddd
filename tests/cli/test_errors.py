"""What people get wrong at the command line: one line, and nothing left behind."""

import json
import subprocess
import sys

import pytest
from terminal import complaint

from jaxdump.cli import entry
from jaxdump.cli.request import request

SUBJECT = ["na64mu-2022", "alp-photon"]
BAD = {
    "no experiment 'na64mu-2021': did you mean": ("limit", "na64mu-2021", "alp-photon"),
    "no theory 'alp-foton': did you mean alp-photon": ("limit", "na64mu-2022", "alp-foton"),
    "no theory 'zzz': choose from alp, alp-muon": ("limit", "na64mu-2022", "zzz"),
    "has no region 'dark': choose from invisible, visible": ("limit", *SUBJECT, "--region", "dark"),
    "mass must be finite and positive, not -1": ("xsec", *SUBJECT, "--mass=-1"),
    "mass must be finite and positive, not 0": ("limit", *SUBJECT, "--mass", "0"),
    "--mass must be finite, not nan": ("limit", *SUBJECT, "--mass", "nan"),
    "--mass must be finite, not inf": ("events", *SUBJECT, "--mass", "inf", "--coupling", "1"),
    "g must be finite and positive": ("events", *SUBJECT, "--mass", "0.1", "--coupling", "0"),
    "--coupling: 'abc' is not a number": ("events", *SUBJECT, "--mass", "0.1", "--coupling", "abc"),
    "--mass is empty": ("xsec", *SUBJECT, "--mass", ","),
    "x must be above 0 and below 1, not 1.5": ("xsec", *SUBJECT, "--mass", "0.1", "--x", "0.5,1.5"),
    "x must be above 0 and below 1, not 1": ("xsec", *SUBJECT, "--mass", "0.1", "--x", "1"),
    "exposure must be finite and positive, not 0": ("limit", *SUBJECT, "--mass", "0.1", "--set", "exposure=0"),
    "--set exposure must be finite, not nan": ("limit", *SUBJECT, "--mass", "0.1", "--set", "exposure=nan"),
    "no number 'exposur': did you mean exposure": ("limit", *SUBJECT, "--mass", "0.1", "--set", "exposur=1"),
    "--set takes NAME=VALUE, not 'exposure'": ("limit", *SUBJECT, "--mass", "0.1", "--set", "exposure"),
    "efficiency must be above 0 and at most 1, not 2": ("limit", *SUBJECT, "--mass", "0.1", "--set", "efficiency=2"),
    "energy must be finite and above 0.105658, not 0.01": ("limit", *SUBJECT, "--mass", "0.1", "--set", "beam_energy=0.01"),
    "n_x must be a positive integer, not 2.5": ("limit", *SUBJECT, "--mass", "0.1", "--set", "n_x=2.5"),
    "no method 'etl': choose one of ww, iww, exact, ww-corrected": ("xsec", *SUBJECT, "--mass", "0.1", "--method", "etl"),
    "--mass-range takes 0 < LO < HI": ("limit", *SUBJECT, "--mass-range", "1", "0.1", "5"),
    "published counts hold at level 0.9": ("limit", *SUBJECT, "--mass", "0.1", "--statistic", "counts", "--level", "0.95"),
    "combine with asymptotic or profile": ("limit", *SUBJECT, "--mass", "0.1", "--statistic", "cls", "--combine"),
    "statistic counts has no expected limit": ("limit", *SUBJECT, "--mass", "0.1", "--expected"),
    "feldman-cousins takes a whole count": (
        "limit",
        *SUBJECT,
        "--statistic",
        "feldman-cousins",
        "--set",
        "visible.observed=1.5",
    ),
    "background must be finite and positive, not 0": ("limit", *SUBJECT, "--set", "background_error=1"),
    "--box takes 0 < MLO < MHI and 0 < GLO < GHI": ("contours", *SUBJECT, "--box", "1", "0.1", "1e-6", "1"),
    "tolerance must be at least 1e-07 and at most 1": ("contours", *SUBJECT, "--tolerance", "0"),
    "contours takes one experiment": ("contours", "na64mu-2022,na64mu-2023", "alp-photon"),
    "have no slopes": ("sensitivity", *SUBJECT, "--mass", "0.01", "--statistic", "feldman-cousins"),
    "does not hold the counts, {REGION: N} of every region": ("fit", *SUBJECT, "--counts", "nothere.json"),
    "not allowed with argument --asimov": ("fit", *SUBJECT, "--asimov", "0.1", "1e-3", "--counts", "x.json"),
    "--statistic p-value: choose one of counts, cls": ("limit", *SUBJECT, "--statistic", "p-value"),
    "cannot import nowhere": ("limit", "nowhere:THING", "alp-photon"),
    "cannot import nothere.py: FileNotFoundError": ("limit", "nothere.py:THING", "alp-photon"),
    "is not an experiment": ("limit", "jaxdump.theories:AlpMuon", "alp-photon"),
    "is not a theory": ("limit", "na64mu-2022", "jaxdump.experiments:NA64MU_2022"),
    "no name in jaxdump.theories 'AlpMoun': did you mean AlpMuon": ("limit", "na64mu-2022", "jaxdump.theories:AlpMoun"),
    "no target 'fat': choose one of thin, thick": ("limit", "e137", "alp-photon", "--set", "target=fat"),
    "no target '3': choose one of thin, thick": ("limit", "e137", "alp-photon", "--set", "target=3"),
    "x_min=0.5: take the method exact or ww for beam_energy=50": (
        "limit",
        "na64e-2022",
        "dark-photon",
        "--method",
        "ww-corrected",
        "--set",
        "beam_energy=50",
    ),
    "x_min=0.5: take the method exact or ww for x_min=0.3": ("limit", "na64e-2022", "dark-photon", "--set", "x_min=0.3"),
    "no dark 'axion': choose one of dirac, complex-scalar": ("limit", "e137", "dark-photon", "--set", "dark=axion"),
    "no couples '1': choose one of": ("limit", "na64mu-2022", "scalar", "--set", "couples=1"),
    "exposure must be a number, not 'large'": ("limit", *SUBJECT, "--mass", "0.1", "--set", "exposure=large"),
    "no choice 'drak': did you mean dark": ("limit", "e137", "dark-photon", "--set", "drak=majorana"),
    "--set takes NAME=VALUE, not 'exposure='": ("limit", *SUBJECT, "--mass", "0.1", "--set", "exposure="),
    "cannot read nothere.csv: No such file or directory": ("compare", *SUBJECT, "nothere.csv"),
    "cannot read .: Is a directory: give a csv or text file": ("compare", *SUBJECT, "."),
    "cannot read '': Is a directory": ("compare", *SUBJECT, ""),
    "argument --mass-unit: invalid choice: 'mev'": ("compare", *SUBJECT, "nothere.csv", "--mass-unit", "mev"),
    "does not tell of a run": ("repeat", "nothere.json"),
    "the following arguments are required": ("limit",),
    "density must be finite and positive, not -1": ("xsec", *SUBJECT, "--mass", "0.1", "--set", "density=-1"),
    "x_min must be at least 0 and below 1, not 1": ("xsec", *SUBJECT, "--mass", "0.1", "--set", "x_min=1"),
    "level must be above 0 and below 1, not 7": ("limit", *SUBJECT, "--mass", "0.1", "--level", "7", "--events", "2"),
    "has no region ''": ("limit", *SUBJECT, "--region", ""),
    "--out needs the name of a folder": ("limit", *SUBJECT, "--out", ""),
}


def test_counts_of_a_region_that_is_not_there_are_told(capsys, tmp_path):
    (tmp_path / "counts.json").write_text('{"invisible": 1, "visible": 1, "foo": 3}')
    assert "foo is no region of it" in complaint(capsys, "fit", *SUBJECT, "--counts", str(tmp_path / "counts.json"))


@pytest.mark.parametrize(
    ("command", "more"),
    [
        ("sensitivity", ("--mass", 0.01)),
        ("events", ("--mass", 0.1, "--coupling", 1)),
        ("xsec", ("--mass", 0.1)),
        ("flux", ("--mass", 0.1)),
    ],
)
def test_a_command_of_one_experiment_says_so(capsys, command, more):
    told = complaint(capsys, command, "na64mu-2022,na64e-2022", "dark-photon", *more)
    assert f"{command} takes one experiment, not na64mu-2022, na64e-2022" in told


@pytest.mark.parametrize("message", BAD)
def test_bad_input_gets_one_line(capsys, message):
    assert message in complaint(capsys, *BAD[message])


@pytest.mark.parametrize(
    ("code", "told"), [("1 / 0", "ZeroDivisionError: division by zero"), ("raise SystemExit(3)", "SystemExit: 3")]
)
def test_a_file_that_fails_to_import_gets_one_line(capsys, tmp_path, code, told):
    (tmp_path / "broken.py").write_text(code)
    assert told in complaint(capsys, "limit", f"{tmp_path}/broken.py:RUN", "alp-photon")


@pytest.mark.parametrize(
    "record", ['["limit"]', '{"arguments": "limit"}', '{"arguments": ["repeat", "x"]}', '{"arguments": ["limit", 1]}']
)
def test_a_record_that_is_not_one_gets_one_line(capsys, tmp_path, record):
    (tmp_path / "run.json").write_text(record)
    assert "does not tell of a run" in complaint(capsys, "repeat", tmp_path / "run.json")


def test_nothing_is_left_where_nothing_can_be_written(capsys, tmp_path):
    (tmp_path / "file").write_text("mine")
    limit = ("limit", *SUBJECT, "--mass", "0.01", "--out")
    assert "cannot be written" in complaint(capsys, *limit, tmp_path / "file" / "out")
    assert "is not a folder that can be written" in complaint(capsys, *limit, tmp_path / "file")
    assert "published counts hold" in complaint(capsys, *limit, tmp_path / "new", "--statistic", "counts", "--level", "0.5")
    (tmp_path / "full" / "limit_x.run.json").mkdir(parents=True)
    assert "holds a folder called limit_x.run.json" in complaint(capsys, *limit, tmp_path / "full")
    assert [file.name for file in (tmp_path / "full").iterdir()] == ["limit_x.run.json"]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["file", "full"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("na64mu-2022", "millicharge"), "na64mu-2022 has no flux by parent: take atmosphere"),
        (
            ("atmosphere", "dark-photon"),
            "dark-photon at atmosphere is not calculated: no production there makes it; take one of",
        ),
        (("atmosphere", "millicharge", "--energy", "0.1"), "energy must be above 0.3 and at most 1e+06, not 0.1"),
    ],
)
def test_flux_tells_what_it_cannot_do(capsys, words, told):
    assert told in complaint(capsys, "flux", *words[:2], "--mass", "0.3", *words[2:])


def test_what_is_wrong_is_told_before_anything_is_computed(capsys, tmp_path, monkeypatch):
    def computed(*_, **__):
        raise AssertionError("computed")

    for place in ("limit.limit", "contours.contours", "fit.fit", "fit.Signals", "sensitivity.sensitivity"):
        monkeypatch.setattr(f"jaxdump.cli.commands.{place}", computed)
    monkeypatch.setattr("jaxdump.inference.poisson.averaged_limit", computed)
    limit = ("limit", *SUBJECT, "--mass", "0.01", "--expected")
    assert "has no expected limit" in complaint(capsys, *limit)
    assert "is unknown, and so is what it lets expect" in complaint(capsys, *limit, "--statistic", "cls")
    assert "is unknown, and so is what it lets expect" in complaint(capsys, *limit, "--combine")
    two = ("limit", "na64mu-2022,na64mu-1e13", "alp-photon", "--region", "visible")
    whole = (*two, "--statistic", "feldman-cousins", "--set", "observed=1.5")
    assert "feldman-cousins takes a whole count" in complaint(capsys, *whole)
    fit = ("fit", "na64mu-1e13", "alp-photon", "--asimov", "0.02", "6e-4")
    assert "level must be above 0 and below 1, not 7" in complaint(capsys, *fit, "--level", "7")
    assert "--box takes" in complaint(capsys, *fit, "--box", "1", "0.1", "1", "2")
    (tmp_path / "file").write_text("")
    for command in (limit, fit, ("contours", *SUBJECT), ("sensitivity", *SUBJECT, "--mass", "0.01")):
        assert "is not a folder that can be written" in complaint(capsys, *command, "--out", tmp_path / "file")


BEFORE_JAX = [
    "published counts hold at level 0.9",
    "combine with asymptotic or profile",
    "mass must be finite and positive, not -1",
    "--mass must be finite, not nan",
    "--mass is empty",
    "--mass-range takes 0 < LO < HI",
    "--coupling: 'abc' is not a number",
    "x must be above 0 and below 1, not 1.5",
    "--set takes NAME=VALUE, not 'exposure'",
    "--box takes 0 < MLO < MHI and 0 < GLO < GHI",
    "tolerance must be at least 1e-07 and at most 1",
    "level must be above 0 and below 1, not 7",
    "contours takes one experiment",
    "have no slopes",
    "cannot read nothere.csv: No such file or directory",
    "does not hold the counts, {REGION: N} of every region",
    "does not tell of a run",
    "--out needs the name of a folder",
]
LIMIT = ("limit", *SUBJECT, "--mass", "0.1")
MORE = {
    "statistic counts has no expected limit": (*LIMIT, "--expected", "--statistic", "counts"),
    "statistic counts has no expected limit: take another": (*LIMIT, "--expected", "--events", "3"),
    "events must be finite and positive, not -1": (*LIMIT, "--events=-1"),
    "events=3 sets the excluded count itself: leave it out with cls": (*LIMIT, "--events", "3", "--statistic", "cls"),
    "level must be above 0.5 and below 1, not 0.4": (*LIMIT, "--statistic", "profile", "--level", "0.4"),
    "level must be above 0 and below 1, not 1": ("fit", *SUBJECT, "--level", "1"),
    "--asimov: 'x' is not a number": ("fit", *SUBJECT, "--asimov", "x", "1"),
    "mass must be finite and positive, not 0": ("flux", "atmosphere", "millicharge", "--mass", "0"),
    "energy must be finite and positive, not -1": ("flux", "atmosphere", "millicharge", "--mass", "1", "--energy=-1"),
    "above must be finite and at least 0, not -1": ("flux", "atmosphere", "millicharge", "--mass", "1", "--above=-1"),
    "sensitivity takes one experiment, not a, b": ("sensitivity", "a,b", "c", "--mass", "1"),
}


@pytest.mark.parametrize("message", [*BEFORE_JAX, *MORE])
def test_arguments_that_are_wrong_are_told_before_jax_is_imported(capsys, monkeypatch, message):
    monkeypatch.setattr("jaxdump.cli.process.same_jax", lambda: 1 / 0)
    assert message in complaint(capsys, *(MORE.get(message) or BAD[message]))


def test_the_folder_is_looked_at_before_jax_is_imported(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("jaxdump.cli.process.same_jax", lambda: 1 / 0)
    (tmp_path / "file").write_text("")
    assert "is not a folder" in complaint(capsys, "limit", *SUBJECT, "--out", tmp_path / "file")
    assert "does not tell of a run" in complaint(capsys, "repeat", tmp_path / "file")


def test_checks_of_arguments_do_not_import_jax():
    code = "import sys, jaxdump.cli.request; sys.exit('jax' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)


def test_a_rule_that_is_right_for_a_spectrum_waits_for_the_experiment():
    assert request(["limit", "superk-spectrum", "millicharge", "--expected"]).expected
    assert request(["limit", "mine.py:SPECTRUM", "millicharge", "--expected"]).expected


def test_notes_come_with_answers_only(capsys):
    few = ("limit", "na64mu-1e13", "lmu-ltau", "--mass", "0.1", "--combine", "--statistic", "profile")
    assert entry.main([*few, "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["rows"]
    assert told.err == f"jaxdump: note: profile {FEW_EXPECTED}\n"
    assert "note" not in complaint(capsys, *few, "--level", "0.1")


FEW_EXPECTED = "excludes too much where fewer than 10 events are expected: toys cover there"
PRINTS = """
print("at import")
from jaxdump.experiments import NA64MU_1E12 as RUN
from jaxdump.theories import LmuLtau
class Loud(LmuLtau.__bases__[0]):
    name, references = "loud", ()
    mass: float
    g: float
    def emissions(self, lepton):
        print("when traced")
        return LmuLtau.emissions(self, lepton)
    def widths(self, particle=""):
        return {}
"""


def test_what_a_file_of_a_user_prints_is_no_part_of_the_answer(capsys, tmp_path):
    (tmp_path / "loud.py").write_text(PRINTS)
    events = ("events", f"{tmp_path}/loud.py:RUN", f"{tmp_path}/loud.py:Loud", "--mass", "0.1", "--coupling", "1e-3")
    assert entry.main([*events, "--region", "invisible", "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["rows"][0]["events"] > 0
    assert told.err.startswith("at import\nat import\nwhen traced\n")
