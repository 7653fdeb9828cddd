"""What people choose to call excluded, checked without importing jax."""

from typing import Literal, NamedTuple, get_args

from jaxdump.checks import require

Statistic = Literal["counts", "cls", "bayes", "asymptotic", "profile", "feldman-cousins", "toys"]
STATISTICS: tuple[Statistic, ...] = get_args(Statistic)
PROFILED = ("asymptotic", "profile")
"""Statistics with profiled nuisances that hold for many events; they take any number of regions together, as toys do."""
PUBLISHED_LEVEL = 0.90
FINEST = 1e-7
"""Least tolerance of contours: points lie on the boundary to 1e-10."""


class Rule(NamedTuple):
    """How people want a signal to be excluded. Checked where it is used; bad values raise `ValueError`."""

    statistic: Statistic = "counts"
    """counts: more signal than the published upper count, or than `events`. For each region by itself: cls (exact Poisson
    CLs), bayes (flat prior in the signal), feldman-cousins. With profiled nuisances: asymptotic (CLs of q-tilde as for many
    events), profile (q-tilde above the one-sided quantile, at levels above 0.5), toys (CLs of q-tilde by its distribution)."""
    level: float = PUBLISHED_LEVEL
    """Confidence or credible level."""
    events: float | None = None
    """Excluded number of signal events before any selection, whatever was observed."""
    expected: float | None = None
    """Instead of what was observed, what a background this many standard deviations above its median would give."""
    combined: bool = False
    """All regions together, by toys, asymptotic or profile."""


PUBLISHED = Rule()
"""More signal than the published upper count, at 90 % CL."""


def check(rule: Rule) -> None:
    """Raise `ValueError` for a rule that makes no sense."""
    if rule.statistic not in STATISTICS:
        raise ValueError(f"no statistic {rule.statistic!r}: choose one of {', '.join(STATISTICS)}")
    if rule.combined and rule.statistic not in (*PROFILED, "toys"):
        told = f"combine with {' or '.join(PROFILED)}, or by toys"
        raise ValueError(f"statistic {rule.statistic} takes each region by itself: {told}")
    least = 0.5 if rule.statistic == "profile" else 0.0  # a one-sided quantile below the median excludes nothing
    require(f"limit by {rule.statistic}", "level", rule.level, least, 1, open_below=True, open_above=True)
    if rule.events is not None:
        require("limit", "events", rule.events, 0, open_below=True)
        if rule.statistic != "counts":
            raise ValueError(f"events={rule.events:g} sets the excluded count itself: leave it out with {rule.statistic}")
    elif rule.statistic == "counts" and rule.level != PUBLISHED_LEVEL:
        raise ValueError(f"published counts hold at level 0.9, not {rule.level:g}: take another statistic, or give events")
    if rule.expected is not None:
        require("limit", "expected", rule.expected, -5, 5)
        if rule.statistic == "counts":
            raise ValueError("published counts and events have no expected limit: take another statistic, such as cls")


def check_slopes(rule: Rule) -> None:
    """Raise `ValueError` for a rule whose limits have no slopes."""
    if rule.statistic in ("feldman-cousins", "toys") or rule.expected is not None:
        raise ValueError(
            "feldman-cousins, toys and expected limits have no slopes: take cls, bayes, asymptotic or profile as observed"
        )
