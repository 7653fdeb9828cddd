"""Requests: the words of a command line, parsed once, and found again in run files."""

import dataclasses
import json
import re
from pathlib import Path

import pytest
from terminal import complaint

from jaxdump.cli.options import COMMANDS, UNITS, WRITTEN, text
from jaxdump.cli.request import Request, request
from jaxdump.exchange.published import words

NEEDED = {
    "EXPERIMENT": "na64mu-2022",
    "THEORY": "lmu-ltau",
    "FILE": "/curve.csv",
    "--mass": "0.01",
    "--coupling": "1e-3,2",
    "--to": "lmu-ltau-dark",
    "--dark-matter": "scalar",
}
MORE = {
    "WHAT": "theories",
    "EXPERIMENT": "na64mu-1e13",
    "THEORY": "alp-muon",
    "FILE": "/other.csv",
    "--mass": "2e-3",
    "--mass-range": "1e-3 0.1 7",
    "--coupling": "7",
    "--x": "0.1,0.30000000000000004",
    "--region": "-odd",
    "--energy": "2,1e20",
    "--above": "0",
    "--statistic": "cls",
    "--level": "0.95",
    "--events": "3",
    "--combine": "",
    "--expected": "",
    "--band": "",
    "--axes": "g_photon g_muon",
    "--plane": "y",
    "--dark-matter": "majorana",
    "--theory": "vector",
    "--omega": "0.1",
    "--box": "1e-3 1 1e-6 1",
    "--tolerance": "1e-5",
    "--mass-unit": "MeV",
    "--column": "2",
    "--label": "ours,theirs",
    "--asimov": "0.02 6e-4",
    "--g-2": "",
    "--delta-a": "251e-11,59e-11",
    "--to": "lmu-ltau-dark",
    "--at": "zero",
    "--counts": '{"invisible":7}',
    "--method": "iww",
    "--set": "exposure=-1e12",
}
CASES = [
    (name, option) for name, command in COMMANDS.items() for option in command.options if option.name not in ("run", "out")
]


def given(option, values):
    """The words of an option with a value."""
    value = values[option.flag]
    if option.placed:
        return [value]
    split = value.split() if " " in option.metavar else [value] if option.metavar else []
    return [f"{option.flag}={value}"] if value.startswith("-") else [option.flag, *split]


def asked(name, option):
    """A request with another value of an option than the least of the command has."""
    least = [one for one in COMMANDS[name].options if one.required]
    arguments = [word for one in least for word in given(one, MORE if one == option else NEEDED)]
    return request([name, *arguments, *([] if option in least else given(option, MORE))])


@pytest.mark.parametrize(("name", "option"), CASES, ids=lambda part: getattr(part, "flag", part))
def test_a_run_file_gives_the_same_request(name, option, tmp_path):
    one = asked(name, option)
    assert getattr(one, option.name) != option.default
    assert getattr(one, option.name) is not None
    assert request(one.arguments()) == one == one.from_anywhere()
    if name in WRITTEN:
        (tmp_path / "x.run.json").write_text(json.dumps({"arguments": one.arguments()}))
        assert request(["repeat", str(tmp_path)]) == dataclasses.replace(one, out=tmp_path)
        again = request(["--json", "repeat", str(tmp_path), "--out", "elsewhere"])
        assert again == dataclasses.replace(one, out=Path("elsewhere"), json=True)


def test_a_request_has_values_and_cannot_be_changed():
    one = request(["limit", "na64mu-2022,na64mu-1e13", "lmu-ltau", "--mass", "0.01,2", "--set", "exposure=1e12", "--out", "x"])
    experiments = "experiments=('na64mu-2022', 'na64mu-1e13'), theory='lmu-ltau'"
    told = f"Request(command='limit', {experiments}, mass=(0.01, 2.0), level=0.9, changes={{'exposure': 1000000000000.0}}, out="
    assert repr(one).startswith(told)
    assert one.axes is None
    assert hash(one) == hash(dataclasses.replace(one))
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.level = 0.5  # pyright: ignore[reportAttributeAccessIssue]


def test_what_is_left_out_is_recorded():
    assert request(["limit", "a", "b"]).arguments() == [
        "limit",
        "a",
        "b",
        "--mass-range",
        "0.001",
        "3",
        "100",
        "--level",
        "0.9",
    ]
    assert request(["limit", "a", "b", "--mass", "1"]).masses == (1.0,)
    assert request(["limit", "a", "b"]).masses[::99] == pytest.approx((1e-3, 3.0), rel=1e-12)


def test_numbers_are_words_that_give_exactly_them():
    values = (1e12, 1e-5, 0.1 + 0.2, 12345678.0, 5.0, 1e300, -2.5e-7, 0.0)
    assert [float(text(value)) for value in values] == [*values]
    assert [text(value) for value in values[:2]] == ["1e12", "1e-5"]


def test_every_option_is_a_field_and_every_unit_is_known():
    fields = {field.name for field in dataclasses.fields(Request)}
    assert {option.name for _, option in CASES} <= fields
    assert set(UNITS) <= set(words.UNITS)


@pytest.mark.parametrize("words", [("limit", "a", "b", "--level", "0.9,0.95"), ("sensitivity", "a", "b", "--mass", "1,2")])
def test_one_number_is_not_a_list(capsys, words):
    assert re.search(r"'\S+,\S+' is not a number", complaint(capsys, *words))


def test_an_old_name_of_a_command_is_taken(capsys, tmp_path):
    box = ("--box", "1e-3", "1", "1e-6", "1")
    assert request(["contour", "a", "b", *box]) == request(["contours", "a", "b", *box])
    (tmp_path / "contour_b.run.json").write_text(json.dumps({"arguments": ["contour", "a", "b", *box, "--level", "0.90"]}))
    assert request(["repeat", str(tmp_path)]).command == "contours"
    line = "jaxdump: contour is called contours now: the old name will be taken away\n"
    assert capsys.readouterr().err == 2 * line
