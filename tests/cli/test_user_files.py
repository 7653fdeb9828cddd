"""Theories and experiments in files of a user's: mistakes in them, what they refuse, and where they are found again."""

import sys

import pytest
from terminal import answer, complaint

from jaxdump.cli import entry
from jaxdump.cli.lookup import find_theory
from jaxdump.cli.user_files import names_in
from jaxdump.experiments import NA64MU_1E12
from jaxdump.settings import with_numbers
from jaxdump.theories.family import Family

THEORY = """
from jaxdump.experiments import NA64MU_1E12 as RUN
from jaxdump.theories import Emission, RadiatedByLeptons, amplitudes, coupling, parameter
VECTOR = amplitudes.Bremsstrahlung(amplitudes.vector)
from jaxdump.typing import Scalar

class Mine(RadiatedByLeptons):
    name = "mine"
    references = ()
    mass: Scalar = parameter()
    g: Scalar = coupling()
    share: Scalar = parameter(default=0.5)

    def emissions(self, lepton):
        return (Emission(self.g, VECTOR),) if lepton == "muon" else ()

    def widths(self, particle=""):
        return {("X", "X"): 0.0 * self.share}
"""
LIMIT = ("--mass", "0.1", "--region", "invisible")


def written(folder, text, name="theory.py"):
    """The name of the theory in a file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return f"{folder / name}:Mine"


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("0.0 * self.share", "0.0 * sefl.share", "theory.py line 18, in widths: NameError: name 'sefl' is not defined"),
        ("0.0 * self.share", "1 / 0", "theory.py line 18, in widths: ZeroDivisionError: division by zero"),
        ("(self.g,", "(self.g + (),", "theory.py line 15, in emissions: TypeError: "),
        (
            'if lepton == "muon"',
            "if self.g > 0",
            "line 15, in emissions: TracerBoolConversionError: Attempted",
        ),
        ('lepton == "muon"', "open('nowhere.csv')", "theory.py line 15, in emissions: FileNotFoundError: [Errno 2]"),
        ('lepton == "muon"', "exit(3)", "theory.py line 15, in emissions: SystemExit: 3"),
        ("return {", "ok = {", "Mine.widths must return widths by the names of daughters, not None"),
        ("return (Em", "ok = (Em", "Mine.emissions('electron') must return a tuple of Emission, not None"),
        ('"X"): 0.0 * self.share', '"X"): "none"', "Mine.widths, for ('X', 'X'), must return a real number, not 'none'"),
        ("0.0 * self.share", "1j * self.share", "Mine.widths, for ('X', 'X'), must return a real number, not "),
        ("0.0 * self.share", "self.mass > 0.01", "Mine.widths, for ('X', 'X'), must return a real number, not "),
        (
            "0.0 * self.share",
            "-self.share",
            "Mine.widths, for ('X', 'X'), at 0.1 GeV must be finite and not negative, not -0.5",
        ),
        (
            "0.0 * self.share",
            "float('nan')",
            "Mine.widths, for ('X', 'X'), at 0.1 GeV must be finite and not negative, not nan",
        ),
        ("def widths", "def kinks(self): pass\n\n    def widths", "Mine.kinks must return numbers by name, not None"),
        (
            'def widths(self, particle="")',
            "def widths(self)",
            "Mine.widths must take self, particle: too many positional arguments",
        ),
        (
            'def widths(self, particle=""):\n        return {("X", "X"): 0.0 * self.share}',
            "widths = 1.0",
            "Mine.widths must be a method, not 1.0",
        ),
        (
            "emissions(self, lepton)",
            "emissions(self)",
            "Mine.emissions must take self, lepton: too many positional arguments",
        ),
        (
            "def widths",
            "def invariant_masses(self, largest, n): pass\n\n    def widths",
            "Mine.invariant_masses must return masses and their log-weights, not None",
        ),
        ("from jaxdump.typing", "1 / 0 #", "cannot import"),
    ],
)
def test_a_mistake_in_a_file_of_a_user_gets_one_line(capsys, tmp_path, right, wrong, told):
    line = complaint(capsys, "limit", "na64mu-1e12", written(tmp_path, THEORY.replace(right, wrong)), *LIMIT)
    assert told in line
    if "cannot" in told:
        assert "theory.py line 5: ZeroDivisionError: division by zero" in line


def test_the_traceback_of_a_mistake_is_shown_where_it_is_asked_for(monkeypatch, tmp_path):
    monkeypatch.setenv("JAXDUMP_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        entry.main(["limit", "na64mu-1e12", written(tmp_path, THEORY.replace("0.0 * self.share", "1 / 0")), *LIMIT])


def test_a_mistake_of_ours_remains_a_traceback(monkeypatch, tmp_path):
    monkeypatch.setattr("jaxdump.cli.commands.limit.limit", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        entry.main(["limit", "na64mu-1e12", written(tmp_path, THEORY), *LIMIT])


REFUSES = (
    THEORY
    + """
    def __check_init__(self):
        from jaxdump.fields import require
        require("mine", "mass", self.mass, 1e-2, 0.5)
        require("mine", "g", self.g, 0, 0.1)
        require("mine", "share", self.share, 0, 1)
"""
)


def test_a_theory_of_few_masses_and_couplings_is_taken(capsys, tmp_path):
    theory = written(tmp_path, REFUSES)
    made = find_theory(theory)
    assert with_numbers(NA64MU_1E12, made, {})[1] == Family(made)
    assert with_numbers(NA64MU_1E12, made, {"share": 0.25})[1].keywords == {"share": 0.25}
    with pytest.raises(ValueError, match="share must be at least 0 and at most 1, not 2"):
        with_numbers(NA64MU_1E12, made, {"share": 2.0})
    limit = ("limit", "na64mu-1e12", theory, "--region", "invisible", "--set", "share=0.3", "--mass")
    assert answer(capsys, *limit, 0.1)[0]["status"] == "found"
    assert "mass must be at least 0.01 and at most 0.5, not 0.7" in complaint(capsys, *limit, "0.1,0.7")
    ends = (*limit[:-1], "--mass-range", "1e-3", "0.4", "3")
    assert "mass must be at least 0.01 and at most 0.5, not 0.001" in complaint(capsys, *ends)
    events = ("events", "na64mu-1e12", theory, "--region", "invisible", "--mass", "0.2", "--coupling")
    assert answer(capsys, *events, 0.01)[0]["events"] > 0
    assert "g must be at least 0 and at most 0.1, not 1" in complaint(capsys, *events, "0.01,1")


def test_what_is_found_anywhere_is_found_again(capsys, tmp_path, monkeypatch):
    place = tmp_path / "a,b"
    comma = written(place, THEORY)
    package = tmp_path / "lib" / "pack_of_a_user" / "inner"
    written(package, "NAME = 'mine'\n", "words.py")
    written(package, "from .words import NAME\n" + THEORY.replace('"mine"', "NAME"))
    run = f"{comma.replace('Mine', 'RUN')},na64mu-1e12"
    with monkeypatch.context() as at_first:
        at_first.syspath_prepend(str(tmp_path / "lib"))
        first = answer(capsys, "limit", run, comma, *LIMIT, "--out", tmp_path / "one")
        dotted = "pack_of_a_user.inner.theory:Mine"
        other = answer(capsys, "limit", "na64mu-1e12", dotted, *LIMIT, "--out", tmp_path / "two")
    assert answer(capsys, "repeat", tmp_path / "one") == first == [*other, *other]
    assert answer(capsys, "repeat", tmp_path / "two") == other
    for name in [name for name in sys.modules if "_of_a_user" in name]:
        monkeypatch.delitem(sys.modules, name)
    assert answer(capsys, "repeat", tmp_path / "two") == other


def test_names_in_a_list_may_hold_commas(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "a,b", "")
    for names in (["x", "y"], ["a,b/theory.py:A", "x", "a,b/pack.theory:B"], ["m:A", "a,b/theory.py:A"], ["a", "b/gone.py:A"]):
        assert names_in(",".join(names)) == names


@pytest.mark.parametrize("ending", [".py", ""])
def test_files_of_one_name_in_two_folders_are_two(capsys, tmp_path, ending):
    strong, weak = (tmp_path / name for name in ("strong", "weak"))
    written(strong, THEORY, "same_of_a_user.py")
    written(weak, THEORY.replace("(self.g, ", "(self.g / 2, "), "same_of_a_user.py")
    (first, other) = (
        answer(capsys, "limit", f"{strong}/same_of_a_user{ending}:RUN", f"{folder}/same_of_a_user{ending}:Mine", *LIMIT)
        for folder in (strong, weak)
    )
    assert other[0]["lower"] == pytest.approx(2 * first[0]["lower"], rel=1e-9)


def test_what_a_program_defined_itself_is_not_found_again(capsys, monkeypatch, tmp_path):
    found = find_theory(written(tmp_path, THEORY))
    monkeypatch.setattr("__main__.Mine", found, raising=False)
    answer(capsys, "limit", "na64mu-1e12", "__main__:Mine", *LIMIT, "--out", tmp_path / "out")
    monkeypatch.delattr("__main__.Mine")
    told = complaint(capsys, "repeat", tmp_path / "out")
    assert "__main__:Mine was in the Python program that asked: write it into a file, and name file.py:Mine" in told
