"""The command that compares limits with a published curve."""

import json

import numpy as np
import pytest
from terminal import answer, complaint

from jaxdump.cli import entry

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
    assert entry.main(list(map(str, compare))) == 0
    *table, told = capsys.readouterr().out.splitlines()
    head = "experiment mass [GeV] region published [GeV^-1] ours [GeV^-1] edge ratio status"
    assert " ".join(table[0].split()) == head
    ratios = sorted(row["ratio"] for row in rows[:-1])
    ends = f"from {ratios[0]:.3g} to {ratios[-1]:.3g}, median {np.median(ratios):.3g}"
    assert told == f"visible: 5 points, 1 of them where we exclude nothing, ours/published {ends}"


REGION = "# masses in MEV\n3 1e-5\n10 1e-5\n25 1e-5\n900 1e-5\n900 2e-5\n25 3e-5\n10 3e-3\n3 1e-3\n"
"""A made-up region whose upper coupling at 10 MeV is near the lower edge of the island."""


def test_compare_takes_the_edge_of_a_region_and_says_how_it_was_read(capsys, tmp_path):
    (tmp_path / "region.txt").write_text(REGION)
    compare = ("compare", "na64mu-1e13", "alp-photon", str(tmp_path / "region.txt"), "--region", "visible")
    assert entry.main([*compare, "--json"]) == 0
    told = capsys.readouterr()
    reading = "masses in MeV (written MEV), 1 closed region"
    assert told.err == f"jaxdump: note: {tmp_path / 'region.txt'}: {reading}\n"
    document = json.loads(told.out)
    assert document["reading"] == reading
    assert [row["edge"] for row in document["rows"]] == ["lower"] * 4 + ["upper"] * 4
    by_mass = {
        row["mass"]: row for row in answer(capsys, "limit", *compare[1:3], "--region", "visible", "--mass", "0.01,0.025")
    }
    for row in document["rows"]:
        if row["mass"] in by_mass:
            assert row["ours"] == pytest.approx(by_mass[row["mass"]][row["edge"]], rel=1e-9)
    near = document["rows"][6]
    assert abs(np.log(near["ratio"])) > abs(np.log(by_mass[0.01]["lower"] / near["published"]))


def test_an_edge_that_ours_lacks_is_counted_apart():
    from jaxdump.cli.commands.compare import rows_of, summary, told_of
    from jaxdump.exchange.published import Published
    from jaxdump.experiments import NA64MU_2022
    from jaxdump.inference.limits import Limits

    lower, upper = np.array([[1e-4], [1e-4], [np.nan]]), np.array([[np.nan], [1e-2], [np.nan]])
    status = np.array([[0], [0], [1]])
    ours = Limits(("visible",), np.array([0.01, 0.02, 0.03]), lower, upper, status, np.ones((3, 1, 2)))
    mass, edge = np.array([0.01, 0.02, 0.03, 0.01, 0.01]), np.array(["upper", "upper", "lower", "lower", ""])
    curve = Published(mass, np.full(5, 1e-3), np.ones(5, bool), edge)
    rows = rows_of(NA64MU_2022, ours, curve, np.arange(5), np.array([0, 1, 2, 0, 0]))
    assert [row["edge"] for row in rows] == ["upper", "upper", "lower", "lower", "lower"]
    assert [row["ratio"] for row in rows] == [None, pytest.approx(10), None, pytest.approx(0.1), pytest.approx(0.1)]
    (line,) = summary(rows, ("visible",))
    assert (line["points"], line["without"], line["without_edge"]) == (5, 2, 1)
    kept = "1 of them where we exclude nothing, 1 of them where ours has no such edge"
    assert told_of(line) == f"visible: 5 points, {kept}, ours/published from 0.1 to 10, median 0.1"
    (line,) = summary(rows[:1], ("visible",))
    assert told_of(line) == "visible: 1 points, 1 of them where ours has no such edge"


def test_rows_leave_out_regions_that_exclude_nothing():
    from jaxdump.cli.commands.compare import summary, told_of, with_answers

    some, none = (
        {"region": name, "ratio": ratio, "status": "allowed"} for name, ratio in (("invisible", 2.0), ("visible", None))
    )
    assert with_answers([some, none]) == [some]
    assert with_answers([none]) == [none]
    (line,) = summary([none], ("visible",))
    assert told_of(line, shown=False).startswith("visible: 1 points, none where we exclude anything, which rows leave out:")


def test_compare_takes_the_column_that_is_asked_for(capsys, tmp_path):
    (tmp_path / "a.csv").write_text("mass [MeV],expected,observed\n500,1e-3,2e-3\n900,1e-3,2e-3\n")
    compare = ("compare", *SUBJECT, tmp_path / "a.csv", "--region", "visible")
    assert [row["published"] for row in answer(capsys, *compare)] == [2e-3, 2e-3]
    assert [row["published"] for row in answer(capsys, *compare, "--column", "expected")] == [1e-3, 1e-3]
    told = complaint(capsys, *compare, "--column", "eps")
    assert "has no column of couplings 'eps': the columns are mass [MeV], expected, observed" in told


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
    assert answer(capsys, "repeat", tmp_path / "one", "--out", tmp_path / "two") == rows
    for ending in ("png", "pdf", "csv", "json"):
        one, two = ((tmp_path / name / f"compare_alp-photon.{ending}").read_bytes() for name in ("one", "two"))
        assert one == two
    recorded = json.loads((tmp_path / "two" / "compare_alp-photon.run.json").read_text())["arguments"]
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
    assert entry.main(["compare", *SUBJECT, str(tmp_path / "curve.csv"), "--region", "visible"]) == 0
    told = capsys.readouterr().out.splitlines()[-1]
    assert told == "visible: 2 points, none where we exclude anything: look at --mass-unit, --region and --set"


def test_figure_of_a_comparison_shows_both_curves():
    from matplotlib.text import Text

    from jaxdump.exchange.published import Published
    from jaxdump.inference.limits import Limits
    from jaxdump.plot import Exclusion, exclusion
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
