"""Published curves alone, without limits of ours."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from jaxdump.exchange.published import Published
from jaxdump.inference.refinement import coupling_span
from jaxdump.plot.labels import Entry, Named, finish
from jaxdump.plot.style import LINES, axis_labels, colour, column, darker, dress, note, styled
from jaxdump.theories.family import MakeTheory, family


@styled
def published(theory: MakeTheory, curves: Mapping[str, Published], words: str = "") -> Figure:
    """A figure of curves that are not ours, in the plane of a theory; small `words` stand below the axes."""
    figure = column()
    axes = figure.subplots()
    masses, couplings = (
        np.concatenate([getattr(one, name)[one.compared] for one in curves.values()]) for name in ("mass", "coupling")
    )
    span = masses[masses > 0]
    ends = (span.min(), span.max()) if np.ptp(span) > 0 else (span[0] / 1.5, span[0] * 1.5)
    axes.set(xscale="log", yscale="log", xlim=ends, ylim=coupling_span(couplings[np.isfinite(couplings)]))
    axis_labels(axes, *family(theory).labels)
    dress(axes)
    entries = []
    for n, (name, one) in enumerate(curves.items()):
        line = {"color": colour(n), "ls": LINES[n % len(LINES)]}
        axes.plot(*one.path(), **line)
        path = np.stack(one.path(), axis=1)
        entries.append(Entry(Named(name, name, darker(colour(n)), [path]), Line2D([], [], **line), False))
    note(figure, words)
    finish(axes, entries)
    return figure
