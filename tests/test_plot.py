"""Figures, by what is in them, and the masses that they add to limits, with made-up limits."""

import io

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Patch
from matplotlib.path import Path

from jaxdump import plot
from jaxdump.experiments import EXPERIMENTS
from jaxdump.inference.limits import Limits
from jaxdump.inference.refinement import MOST_ADDED, refined, refined_alike
from jaxdump.numerics.roots import Status
from jaxdump.plot.areas import left_of
from jaxdump.plot.style import COLOURS, LINES
from jaxdump.theories import AlpPhoton

TIP = 0.0637
"""Where the island of `round_island` ends."""
MASSES = np.geomspace(1e-3, 0.3, 40)


def round_island(masses, middle=1e-2, tip=TIP, regions=("invisible",)):
    """ln g is within 3 sqrt(ln(tip / m)) of the middle."""
    inside = masses < tip
    half = np.exp(3 * np.sqrt(np.where(inside, np.log(tip / masses), 0.0)))
    edge = lambda values: np.repeat(np.where(inside, values, np.nan)[:, None], len(regions), axis=1)
    status = np.repeat(np.where(inside, Status.FOUND, Status.ALLOWED)[:, None], len(regions), axis=1)
    return Limits(regions, masses, edge(middle / half), edge(middle * half), status, np.ones((masses.size, len(regions), 2)))


def dip(masses):
    """An open limit with a resonance some 3 % wide at 0.02 GeV."""
    lower = 1e-3 * np.exp(-5 / (1 + (np.log(masses / 0.02) / 0.03) ** 2))[:, None]
    nothing = np.full_like(lower, np.nan)
    return Limits(("invisible",), masses, lower, nothing, np.zeros(lower.shape, int), np.ones((masses.size, 1, 2)))


def everything(figure):
    """All words of a figure, as drawn."""
    axes = figure.axes[0]
    legend = [text for one in figure.legends for text in one.get_texts()]
    return [text.get_text().replace("\n", " ") for text in (*legend, *axes.texts, figure._supxlabel) if text]


def outlines(figure):
    """Colour and line of what is drawn."""
    return [(to_hex(line.get_color()).upper(), line.get_linestyle()) for line in figure.axes[0].lines]


def test_an_island_closes_and_a_resonance_is_round():
    calls = []
    again = lambda function: lambda masses: calls.append(masses) or function(masses)
    limits = refined(round_island(MASSES), again(round_island))
    found = limits.status[:, 0] == Status.FOUND
    coarse = round_island(MASSES)
    gap = lambda one: np.nanmin(one.upper / one.lower)
    assert gap(coarse) > 3
    assert gap(limits) < 1.1
    assert limits.mass[found].max() == pytest.approx(TIP, rel=1e-4)
    assert limits.mass.size <= MASSES.size + MOST_ADDED
    assert np.all(np.diff(limits.mass) > 0)
    assert set(MASSES) <= set(limits.mass)
    fine, at = refined(dip(MASSES), again(dip)), 0.02
    assert np.nanmin(dip(MASSES).lower) > 1.05 * np.nanmin(dip(np.array([at])).lower)
    assert np.nanmin(fine.lower) < 1.05 * np.nanmin(dip(np.array([at])).lower)
    assert np.count_nonzero(np.abs(np.log(fine.mass / at)) < 0.06) > 8
    assert all(masses.size for masses in calls)
    assert len(calls) < 20


def test_straight_limits_and_single_masses_get_no_more():
    never = lambda masses: pytest.fail("asked for more masses")
    flat = dip(np.geomspace(1.0, 10.0, 30))
    assert refined(flat, never).mass.size == 30
    assert refined(round_island(np.array([0.01])), never).mass.size == 1


def test_several_limits_get_the_same_masses_and_those_that_are_known_to_matter():
    tips = (TIP, TIP / 1.3)
    of = [lambda masses, tip=tip: round_island(masses, tip=tip) for tip in tips]
    both = refined_alike([function(MASSES) for function in of], of, masses=[0.0123, 5.0])
    np.testing.assert_array_equal(both[0].mass, both[1].mass)
    assert 0.0123 in both[0].mass
    assert 5.0 not in both[0].mass
    for limits, tip in zip(both, tips, strict=True):
        assert np.nanmax(np.where(limits.status[:, 0] == Status.FOUND, limits.mass, np.nan)) == pytest.approx(tip, rel=1e-3)


def test_data_are_filled_projections_are_lines_and_the_legend_has_what_is_drawn():
    curves = [
        plot.Exclusion("first data", round_island(MASSES)),
        plot.Exclusion("more data", round_island(MASSES, 1e-4)),
        plot.Exclusion("one plan", round_island(MASSES, 1e-6), projection=True),
        plot.Exclusion("a hopeless plan", round_island(MASSES, tip=1e-9), projection=True),
    ]
    figure = plot.exclusion(AlpPhoton, curves, words="90 % CL, of something")
    faces = [to_hex(face).upper() for one in figure.axes[0].collections for face in one.get_facecolor()]
    assert faces == list(COLOURS[:2])
    hatches = [one.get_hatch() for one in figure.axes[0].collections]
    assert len(set(hatches)) == 2
    assert outlines(figure) == [(COLOURS[0], "-"), (COLOURS[1], "-"), (COLOURS[2], "-")]
    words = everything(figure)
    assert sorted(words[:-1]) == ["first data", "more data", "one plan"]
    note = words[-1]
    for part in ("90 % CL, of something", "filled: data; lines: projections", "nothing excluded: a hopeless plan"):
        assert part in note
    figure.draw_without_rendering()
    assert figure._supxlabel.get_window_extent().y1 < figure.axes[0].xaxis.label.get_window_extent().y0 + 1
    assert figure.get_size_inches()[0] == 3.4


def test_a_lone_region_is_a_full_line_and_several_differ():
    alone = plot.exclusion(AlpPhoton, [plot.Exclusion("run", round_island(MASSES, regions=("visible",)))])
    assert outlines(alone) == [(COLOURS[0], "-")]
    two = plot.exclusion(AlpPhoton, [plot.Exclusion("run", round_island(MASSES, regions=("invisible", "visible")))])
    assert [line.get_linestyle() for line in two.axes[0].lines] == ["-", "-."]
    assert {"run", "visible"} <= set(everything(two))


def test_regions_of_experiments_that_have_but_one_are_told_below():
    curves = [
        plot.Exclusion("one", round_island(MASSES), projection=True),
        plot.Exclusion("two", round_island(MASSES, 1e-5, regions=("visible",)), projection=True),
    ]
    figure = plot.exclusion(AlpPhoton, curves)
    assert everything(figure)[-1] == "signal: invisible; of two: visible; projections"
    assert [line.get_linestyle() for line in figure.axes[0].lines] == ["-", "-."]


def test_expected_limits_are_dashed_with_bands():
    expected = [round_island(MASSES, tip=TIP * factor) for factor in (1.3, 1.1, 0.95, 0.8, 0.6)]
    figure = plot.exclusion(AlpPhoton, [plot.Exclusion("run", round_island(MASSES), expected)])
    assert sorted(line.get_linestyle() for line in figure.axes[0].lines) == ["-", "--"]
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["expected, median", "expected, 1 sigma", "expected, 2 sigma"]
    assert sum(isinstance(key, Patch) for key in legend.legend_handles) == 2


def test_bands_of_theory_are_shaded_around_the_limit():
    """Errors of numbers inside, alternatives around them."""
    wide, narrow = ([round_island(MASSES, tip=TIP * factor) for factor in factors] for factors in ((1.3, 0.7), (1.1, 0.9)))
    bands = {"errors of numbers": tuple(narrow), "alternatives": tuple(wide)}
    figure = plot.exclusion(AlpPhoton, [plot.Exclusion("run", round_island(MASSES), of_theory=bands, projection=True)])
    (legend,) = figure.legends
    assert sorted(text.get_text() for text in legend.get_texts()) == sorted(bands)
    inside, around = (key.get_alpha() for key in sorted(legend.legend_handles, key=lambda key: -key.get_alpha()))
    areas = {area.get_alpha(): area for area in figure.axes[0].collections}
    extent = lambda depth: areas[depth].get_datalim(figure.axes[0].transData).xmax
    assert extent(around) > extent(inside)


@pytest.mark.parametrize("name", [r"_a$5_x^2$ 50 % \frac{", "$", "x" * 80, "one\ntwo"])
def test_names_of_users_survive(name):
    curves = [plot.Exclusion(name, round_island(MASSES, regions=(name, "b"))), plot.Exclusion(name, round_island(MASSES, 1e-5))]
    figure = plot.exclusion(AlpPhoton, curves, words=name)
    figure.savefig(io.BytesIO(), format="pdf")
    squeezed = [words.replace(" ", "") for words in everything(figure)]
    assert squeezed.count("".join(name.split())) >= 3
    for text in (*figure.axes[0].texts, *(text for one in figure.legends for text in one.get_texts()), figure._supxlabel):
        assert not text.get_parse_math()


def test_lines_that_cannot_be_told_by_a_name_have_one_in_the_legend():
    curves = [plot.Exclusion(f"plan {n}", round_island(MASSES, 1e-2 * 1.001**n), projection=True) for n in range(4)]
    figure = plot.exclusion(AlpPhoton, curves)
    assert {f"plan {n}" for n in range(4)} <= set(everything(figure))
    assert figure.legends
    styles = [line.get_linestyle() for line in figure.axes[0].lines[:3]]
    assert styles == list(LINES[:3])


def test_what_is_a_projection():
    data = {name for name, experiment in EXPERIMENTS.items() if not experiment.projection}
    assert data == {
        *("na64mu-2022", "na64e-2018", "na64e-2022", "na64e-plus-2022", "na64e-visible", "e137", "superk", "superk-spectrum")
    }


@pytest.mark.parametrize(
    ("curves", "inside", "outside"),
    [
        ([[(0.1, 0.3), (0.5, 0.2), (0.9, 0.3)]], [(0.5, 0.25), (0.5, 0.9), (0.15, 0.95)], [(0.5, 0.15), (0.85, 0.2)]),
        ([[(0.9, 0.3), (0.5, 0.2), (0.1, 0.3)]], [(0.5, 0.15)], [(0.5, 0.25), (0.5, 0.9)]),
        ([[(0.1, 0.3), (0.5, 0.3), (0.5, 0.6), (0.1, 0.6)]], [(0.3, 0.4)], [(0.7, 0.4), (0.3, 0.8), (0.3, 0.2)]),
        ([[(0.1, 0.3), (0.9, 0.3)], [(0.9, 0.6), (0.1, 0.6)]], [(0.5, 0.4)], [(0.5, 0.2), (0.5, 0.8)]),
        ([[(0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.4)]], [(0.55, 0.5)], [(0.3, 0.3), (0.8, 0.5)]),
        ([[(0.4, 0.4), (0.6, 0.6), (0.6, 0.4), (0.4, 0.4)]], [(0.3, 0.3), (0.8, 0.5)], [(0.55, 0.5)]),
    ],
)
def test_the_excluded_side_of_contours_is_filled(curves, inside, outside):
    """Curves that end at the box are closed along its edge, and not by a chord."""
    parts = [Path(part) for part in left_of([np.array(curve) for curve in curves], (0.1, 0.9, 0.1, 0.99)).to_polygons()]
    within = lambda point: sum(part.contains_point(point) for part in parts) % 2 == 1
    assert [within(point) for point in inside + outside] == [True] * len(inside) + [False] * len(outside)
