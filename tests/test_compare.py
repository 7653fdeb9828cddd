"""The command that compares limits with a published curve."""

import json

import numpy as np
import pytest
from terminal import answer, complaint

from jaxdump import cli

SUBJECT = ["na64mu-2022", "alp-photon"]
ISLAND = "# mass [MeV], g\n3,1\n10,2e-3\n25,4e-4\n10,6e-2\n900,1e-3\n"
"""A made-up curve: at 10 MeV both edges of the island of 1e13 muons, and at 900 MeV nothing of ours."""


def test_compare_takes_the_nearest_edge_and_counts_points_without(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "curve.csv").write_text(ISLAND)
    compare = ("compare", "na64mu-1e13", "alp-photon", tmp_path / "curve.csv", "--region", "visible")
    rows = answer(capsys, *compare)
    limits = answer(capsys, "limit", "na64mu-1e13", "alp-photon", "--region", "visible", "--mass", "0.003,0.01,0.025,0.9")
    by_mass = {row["mass"]: row for row in limits}
    assert [row["mass"] for row in rows] == [0.003, 0.01, 0.025, 0.01, 0.9]
    assert [row["edge"] for row in rows] == ["upper", "lower", "lower", "upper", None]
    for row in rows[:-1]:
        assert row["ours"] == pytest.approx(by_mass[row["mass"]][row["edge"]], rel=1e-9)
        assert row["ratio"] == pytest.approx(row["ours"] / row["published"], rel=1e-12)
    assert (rows[-1]["ours"], rows[-1]["ratio"], rows[-1]["status"]) == (None, None, "allowed")
    assert cli.main(list(map(str, compare))) == 0
    *table, told = capsys.readouterr().out.splitlines()
    head = "experiment mass [GeV] region published [GeV^-1] ours [GeV^-1] edge ratio status"
    assert " ".join(table[0].split()) == head
    ratios = sorted(row["ratio"] for row in rows[:-1])
    ends = f"from {ratios[0]:.3g} to {ratios[-1]:.3g}, median {np.median(ratios):.3g}"
    assert told == f"visible: 5 points, 1 of them where we exclude nothing, ours/published {ends}"


def test_compare_writes_what_repeat_repeats_from_anywhere(capsys, tmp_path, monkeypatch):
    (tmp_path / "curve.csv").write_text(ISLAND)
    monkeypatch.chdir(tmp_path)
    words = ("na64mu-1e13", "alp-photon", "curve.csv", "--label", "curve.csv", "--set", "exposure=2e13", "--region", "visible")
    rows = answer(capsys, "compare", *words, "--out", "one")
    document = json.loads((tmp_path / "one" / "compare_alp-photon.json").read_text())
    assert (document["rows"], document["file"], document["set"]) == (rows, "curve.csv", {"exposure": 2e13})
    (line,) = document["summary"]
    assert (line["region"], line["points"], line["without"]) == ("visible", 5, 1)
    assert (
        (tmp_path / "one" / "compare_alp-photon.csv").read_text().startswith("experiment,mass [GeV],region,published [GeV^-1],")
    )
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert answer(capsys, "repeat", tmp_path / "one" / "run.json", "--out", tmp_path / "two") == rows
    for ending in ("png", "pdf", "csv", "json"):
        one, two = ((tmp_path / name / f"compare_alp-photon.{ending}").read_bytes() for name in ("one", "two"))
        assert one == two
    recorded = json.loads((tmp_path / "two" / "run.json").read_text())["arguments"]
    assert recorded[3:6] == [str(tmp_path / "curve.csv"), "--label", "curve.csv"]


def test_compare_leaves_nothing_of_a_bad_file(capsys, tmp_path):
    (tmp_path / "curve.csv").write_text("m,g\n0.1,1e-3\n0.2\n")
    told = complaint(capsys, "compare", *SUBJECT, tmp_path / "curve.csv", "--out", tmp_path / "out")
    assert "curve.csv, line 3: 1 column where those before have 2: give mass and coupling" in told
    assert [file.name for file in tmp_path.iterdir()] == ["curve.csv"]


def test_compare_says_when_it_has_nothing_to_compare(capsys, tmp_path):
    (tmp_path / "curve.csv").write_text("500,1e-3\n900,1e-3\n")
    rows = answer(capsys, "compare", *SUBJECT, tmp_path / "curve.csv", "--region", "visible")
    assert [row["ratio"] for row in rows] == [None, None]
    assert cli.main(["compare", *SUBJECT, str(tmp_path / "curve.csv"), "--region", "visible"]) == 0
    told = capsys.readouterr().out.splitlines()[-1]
    assert told == "visible: 2 points, none where we exclude anything: look at --mass-unit, --region and --set"


def test_figure_of_a_comparison_shows_both_curves():
    from matplotlib.text import Text

    from jaxdump.limits import Limits
    from jaxdump.plot import Exclusion, exclusion
    from jaxdump.published import Published
    from jaxdump.theories import AlpPhoton

    mass, none = np.array([0.01, 0.1, 1.0]), np.full((3, 1), np.nan)
    ours = Limits(
        ("visible",), mass, np.full((3, 1), 1e-6), np.array([[900.0], [1.0], [1e-3]]), np.zeros((3, 1), int), np.ones((3, 1, 2))
    )
    coupling = np.array([1e-4, 1e-5, 10.0])
    curve = Published(np.array([0.02, 0.5, 0.5]), coupling, np.array([True, True, False]))
    figure = exclusion(AlpPhoton, [Exclusion("ours", ours)], {"theirs": curve}, words="target=thick")
    axes = figure.axes[0]
    bottom, top = axes.get_ylim()
    assert bottom < 1e-6
    assert 1e-4 < top < 10
    legend = [text.get_text() for one in figure.legends for text in one.get_texts()]
    assert {"ours", "theirs"} <= {*legend, *(text.get_text() for text in axes.texts)}
    assert any("target=thick" in text.get_text() for text in figure.findobj(Text))
    far = ours._replace(lower=np.full((3, 1), 1e2), upper=none)
    assert exclusion(AlpPhoton, [Exclusion("ours", far)], {"theirs": curve}).axes[0].get_ylim()[1] > 1e2
