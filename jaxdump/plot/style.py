"""The look of figures: one column of a paper, colours that the colour-blind and a grey printer tell apart, and plain words."""

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.mathtext import MathTextParser
from matplotlib.text import Text

WIDTH = 3.4
"""Width [inch] of one column."""
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#444444")
"""Colours of Okabe and Ito, in an order in which neighbours differ in grey."""
LINES = ("-", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (9, 2)))
"""Lines of regions, or of experiments with one region each; dashes are for expected limits."""
EXPECTED = (0, (4, 1.5))
HATCHES = ("", "////", "\\\\\\\\", "....", "xxxx")
PUBLISHED = ((0, (5, 1.5)), (0, (1, 1)), (0, (3, 1, 1, 1)))
"""Lines of published curves, which are black."""
DARK = "0.1"
SMALL, TINY = 7, 6
"""Sizes [pt] of labels, and of words below the axes."""
BROAD = 74
"""Most characters of a line below the axes."""
LONGEST = 34
"""Most characters of a line of a label or legend."""
STYLE: dict[Any, Any] = {
    "text.usetex": False,
    "font.size": 8,
    "axes.labelsize": 9,
    "axes.linewidth": 0.6,
    "axes.titlesize": 8,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "legend.handlelength": 2.4,
    "legend.columnspacing": 1.2,
    "legend.labelspacing": 0.3,
    "lines.linewidth": 1.1,
    "lines.markersize": 5,
    "hatch.linewidth": 0.4,
    "figure.dpi": 200,
}
styled = rc_context(STYLE)
"""Decorator of the functions that draw figures."""


def column(height: float = 3.0) -> Figure:
    """An empty figure of one column and of this height [inch]."""
    return Figure(figsize=(WIDTH, height), layout="constrained")


def colour(number: int) -> str:
    """The colour of the experiment, region or curve of that number."""
    return COLOURS[number % len(COLOURS)]


def darker(name: str) -> str:
    """A colour in which words on white can be read."""
    red, green, blue = to_rgb(name)
    return to_hex((0.7 * red, 0.7 * green, 0.7 * blue))


def broken(words: str, width: int = LONGEST) -> str:
    """The words in lines that fit."""
    return "\n".join(textwrap.wrap(words, width, break_on_hyphens=False)) or words


def plainly(text: Text, words: str | None = None) -> None:
    """Show words letter by letter: `$` and `_` in a name are no mathematics."""
    text.set_parse_math(False)
    if words is not None:
        text.set_text(words)


def axis_labels(axes: Axes, x: str, y: str) -> None:
    """Labels in LaTeX; letter by letter where they are none."""
    for axis, label in ((axes.xaxis, x), (axes.yaxis, y)):
        axis.set_label_text(label)
        try:
            MathTextParser("agg").parse(label)
        except ValueError:
            plainly(axis.label)


def note(figure: Figure, words: str) -> None:
    """Small words below the axes."""
    if words:
        plainly(figure.supxlabel(broken(words, BROAD), x=0.015, ha="left", fontsize=TINY, color="0.25"))


def legend(owner: Figure | Axes, keys: Sequence[tuple[Artist, str]], **how) -> None:
    """A legend of artists with their names; nothing without any."""
    if not keys:
        return
    made = owner.legend([key for key, _ in keys], [" "] * len(keys), **how)
    for text, (_, words) in zip(made.get_texts(), keys, strict=True):
        plainly(text, broken(words))


def dress(axes: Axes) -> None:
    """Ticks on all sides; on a short logarithmic axis also 2 and 5 have a number."""
    axes.tick_params(which="both", direction="in", top=True, right=True)
    for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        short = np.log10(high / low) < 1.7
        axis.set_minor_formatter(lambda value, _, short=short: f"{value:g}" if short and f"{value:e}"[0] in "25" else "")
        if short:
            axis.set_major_formatter(lambda value, _: f"{value:g}")
