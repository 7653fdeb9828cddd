"""Run files, and other files that people hand over."""

import json

import pytest
from terminal import answer, complaint

from jaxdump.cli import entry
from jaxdump.cli.request import request

LIMIT = ["limit", "na64mu-2022", "lmu-ltau", "--region", "invisible", "--mass", "0.1"]
DEEP = "[" * 100_000


def again(*words):
    return request([*words]).from_anywhere().arguments()


def test_arguments_are_recorded_in_full():
    assert again("limit", "--json", "--out=x", "--mass=1", "a", "--set", "q=1", "b", "--set=target=thick", "--reg=-x") == [
        *("limit", "a", "b", "--mass", "1", "--region=-x", "--level", "0.9", "--set", "q=1", "--set", "target=thick"),
    ]
    box = ("--box", "1", "2", "3", "4")
    assert again("contours", "a", "b", "--combine", *box)[3:9] == ["--level", "0.9", "--combine", *box[:3]]
    for words in (["fit", "a", "b", "--asimov", "1", "2"], ["flux", "a", "b", "--mass", "1"], [*LIMIT, "--expected"]):
        assert again(*again(*words)) == again(*words)


def test_files_of_a_user_are_recorded_with_their_full_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "mine_of_a_user.py").write_text("")
    words = again("limit", "sub/a.py:A,na64mu-2022", "mine_of_a_user:B")
    assert words[1:3] == [f"{tmp_path}/sub/a.py:A,na64mu-2022", f"{tmp_path}/mine_of_a_user:B"]
    assert again("limit", "jaxdump.experiments:X", "numpy:Y")[1:3] == ["jaxdump.experiments:X", "numpy:Y"]


def test_each_result_has_a_run(capsys, tmp_path, monkeypatch):
    first = answer(capsys, *LIMIT, "--out", tmp_path / "one")
    other = answer(capsys, *LIMIT[:2], "alp-muon", *LIMIT[3:], "--out", tmp_path / "one")
    told = complaint(capsys, "repeat", tmp_path / "one")
    assert "holds the runs limit_alp-muon.run.json, limit_lmu-ltau.run.json: give one of them" in told
    assert "holds the runs" in complaint(capsys, "repeat", tmp_path / "one" / "run.json")
    assert answer(capsys, "repeat", tmp_path / "one" / "limit_lmu-ltau.run.json", "--out", tmp_path / "two") == first
    assert answer(capsys, "repeat", tmp_path / "one" / "limit_alp-muon.run.json") == other
    monkeypatch.chdir(tmp_path / "two")
    assert answer(capsys, "repeat", ".") == answer(capsys, "repeat", "run.json") == first
    assert "holds no run" in complaint(capsys, "repeat", tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_run_of_before_is_read_in_any_encoding(capsys, tmp_path, encoding):
    (tmp_path / "run.json").write_text(json.dumps({"arguments": [*LIMIT, "--json"]}), encoding)
    assert entry.main(["repeat", str(tmp_path / "run.json")]) == 0
    assert "lower" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (DEEP, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        (" " * 2**21, "larger than 1 MiB"),
        ("", "JSONDecodeError"),
        ("\udcff", "UnicodeDecodeError"),
        ("9" * 10_000, "ValueError"),
        ("[1e999]", ""),
        ("null", ""),
    ],
)
def test_what_is_no_run_and_no_counts_gets_one_line(capsys, tmp_path, content, told):
    (tmp_path / "file.json").write_text(content, "utf-8", errors="surrogateescape")
    assert told in complaint(capsys, "repeat", tmp_path / "file.json")
    counts = complaint(capsys, "fit", "na64mu-1e13", "alp-photon", "--counts", tmp_path / "file.json")
    assert told in counts
    assert "does not hold the counts" in counts


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ('{"invisible": 1, "visible": -1}', "must be finite and not negative"),
        ('{"invisible": 1, "visible": NaN}', "must be finite and not negative"),
        (f'{{"invisible": 1, "visible": 1{"0" * 400}}}', "OverflowError"),
        (f'{{"invisible": {DEEP}', "nested too deeply"),
        ('{"invisible": {}, "visible": 1}', "does not hold the counts"),
    ],
)
def test_counts_may_be_given_as_text(capsys, counts, told):
    assert told in complaint(capsys, "fit", "na64mu-1e13", "alp-photon", "--counts", counts)


def test_a_large_python_file_is_refused(capsys, tmp_path):
    (tmp_path / "large.py").write_text("#" * 2**21)
    assert "larger than 1 MiB" in complaint(capsys, "limit", f"{tmp_path}/large.py:RUN", "alp-photon")
