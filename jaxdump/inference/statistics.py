"""Statistics, which decide whether counts exclude a signal: one small class each. jax is imported only when one calculates."""

from __future__ import annotations

import abc
import dataclasses
from typing import TYPE_CHECKING, ClassVar, Self

from jaxdump.checks import is_traced, require

if TYPE_CHECKING:
    from jaxdump.inference.counts import Counts, RegionData
    from jaxdump.inference.excess import AbstractTest
    from jaxdump.inference.profile import Method
    from jaxdump.typing import Scalar

PUBLISHED_LEVEL = 0.90
"""Confidence level of published upper counts."""
TOGETHER = "asymptotic or profile, or by toys"
"""Words of messages for the statistics that take regions together."""


class AbstractStatistic(abc.ABC):
    """The criterion by which counts exclude a signal, with its level.

    A statistic is a frozen dataclass with a field `level`. It takes each region by itself, by `upper_count`, or, if it has a
    field `combined` that is true, all regions together, by `test`. Its numbers are checked where it is used: `limit` and others
    raise `ValueError` for bad ones. One of your own:

    >>> import dataclasses, scipy.special, jaxdump
    >>> from jaxdump.experiments import M3_1E13
    >>> from jaxdump.theories import LmuLtau
    >>> @dataclasses.dataclass(frozen=True)
    ... class AllAreSignal(jaxdump.AbstractStatistic):
    ...     name, words, about = "all-signal", "CL, no background assumed", "above the classical limit without background"
    ...     level: float = 0.90
    ...
    ...     def upper_count(self, data):
    ...         return scipy.special.gammaincinv(data.region.observed + 1, self.level)
    >>> limits = jaxdump.limit(M3_1E13, LmuLtau, [0.01, 0.1], AllAreSignal(0.95))
    >>> [f"{coupling:.2e}" for coupling in limits.lower[:, 0]]
    ['6.41e-06', '9.82e-06']
    """

    name: ClassVar[str]
    """Name on the command line."""
    words: ClassVar[str]
    """Words behind the level in a figure."""
    about: ClassVar[str]
    """One line about the signals that are excluded."""
    least_level: ClassVar[float] = 0.0
    """Level that `level` must be above."""
    has_slopes: ClassVar[bool] = True
    """Whether limits from observed counts have derivatives."""
    needs_many: ClassVar[bool] = False
    """Whether the statistic excludes too much where few events are expected."""
    sums: ClassVar[bool] = False
    """Whether the statistic sums over counts, so that it takes no measured ratios and no signal that interferes."""
    counts_background: ClassVar[bool] = True
    """Whether the statistic uses observed counts and backgrounds."""

    level: float
    """Confidence or credible level."""
    expected: float | None = None
    """Standard deviations above its median of a background whose counts replace the observed ones; None for these."""
    combined: bool = False
    """Whether the statistic takes all regions together."""

    def check(self) -> None:
        """Raise `ValueError` for numbers that make no sense."""
        require(f"limit by {self.name}", "level", self.level, self.least_level, 1, open_below=True, open_above=True)
        if self.expected is not None:
            require("limit", "expected", self.expected, -5, 5)

    def check_region(self, data: RegionData) -> None:
        """Raise `ValueError` for a region that the statistic cannot take by itself; computes nothing."""
        if self.expected is not None:
            data.require_background()

    def upper_count(self, data: RegionData) -> Scalar:
        """The number of selected signal events that is excluded in one region."""
        raise ValueError(f"statistic {self.name} takes no region by itself: combine")

    def test(self, counts: Counts) -> AbstractTest:
        """The test of a signal by all regions together."""
        raise self.alone_only()

    @classmethod
    def numbers(cls) -> set[str]:
        """The names of the fields."""
        return {field.name for field in dataclasses.fields(cls)}  # pyright: ignore[reportArgumentType]

    @classmethod
    def alone_only(cls) -> ValueError:
        """The error for a statistic that is asked to take regions together, and does not."""
        return ValueError(f"statistic {cls.name} takes each region by itself: combine with {TOGETHER}")

    def at(self, expected: float) -> Self:
        """The same statistic for a background that has fluctuated by `expected` standard deviations."""
        if "expected" not in self.numbers():
            raise ValueError(f"statistic {self.name} has no expected limit: take another one, such as cls")
        return dataclasses.replace(self, expected=expected)  # pyright: ignore[reportArgumentType]

    def text(self) -> str:
        """The words of a figure about what is excluded.

        >>> import jaxdump
        >>> jaxdump.CLs(0.95).text(), jaxdump.PublishedCounts(events=3).text(), jaxdump.Asymptotic(combined=True).text()
        ('95 % CL, exact Poisson CLs', 'more than 3 events', '90 % CL, asymptotic CLs, regions together')
        """
        return f"{100 * self.level:g} % {self.words}" + ", regions together" * self.combined


@dataclasses.dataclass(frozen=True)
class PublishedCounts(AbstractStatistic):
    """A region excludes more signal events than its published upper count, at 90 % CL, or than `events`."""

    name: ClassVar = "counts"
    words: ClassVar = "CL, published upper counts"
    about: ClassVar = "more signal than the published upper count, or than `--events`"
    counts_background: ClassVar = False

    level: float = PUBLISHED_LEVEL
    events: float | None = None
    """Excluded number of signal events before any selection, in place of the published upper count."""

    def check(self) -> None:
        super().check()
        if self.events is not None:
            require("limit", "events", self.events, 0, open_below=True)
        elif self.level != PUBLISHED_LEVEL:
            raise ValueError(f"published counts hold at level 0.9, not {self.level:g}: take another statistic, or give events")

    def check_region(self, data: RegionData) -> None:
        if self.events is None and data.region.published_upper_count is None:
            raise ValueError(f"{data.name} has no published upper count: take another statistic, such as cls")

    def upper_count(self, data: RegionData) -> Scalar:
        count = data.region.published_upper_count if self.events is None else self.events
        assert count is not None
        return count * data.region.selection_efficiency  # pyright: ignore[reportReturnType]

    def text(self) -> str:
        return super().text() if self.events is None else f"more than {self.events:g} events"


class AbstractAveraged(AbstractStatistic):
    """A statistic of one count, whose uncertainties are averaged over their normal densities. See `poisson`."""

    flat: ClassVar[bool]
    """Whether the prior is flat in the signal, also where the signal is uncertain."""

    def upper_count(self, data: RegionData) -> Scalar:
        from jaxdump.inference import poisson

        return poisson.averaged_limit(data.counts, self.level, self.expected, self.flat)


@dataclasses.dataclass(frozen=True)
class CLs(AbstractAveraged):
    """A region excludes a signal if the exact Poisson CLs is below 1 - level; uncertainties are averaged over."""

    name: ClassVar = "cls"
    flat: ClassVar = False
    words: ClassVar = "CL, exact Poisson CLs"
    about: ClassVar = "exact Poisson CLs below 1 - level; uncertainties are averaged over"

    level: float = PUBLISHED_LEVEL
    expected: float | None = None


@dataclasses.dataclass(frozen=True)
class Bayes(AbstractAveraged):
    """A region excludes a signal above its credible limit with a flat prior; uncertainties are averaged over."""

    name: ClassVar = "bayes"
    flat: ClassVar = True
    words: ClassVar = "credible level, flat prior in the signal"
    about: ClassVar = "above the credible limit with a flat prior in the signal; of a known background the same as `cls`"

    level: float = PUBLISHED_LEVEL
    expected: float | None = None


@dataclasses.dataclass(frozen=True)
class FeldmanCousins(AbstractStatistic):
    """A region of known background excludes a signal above the unified interval. Reference: arXiv:physics/9711021."""

    name: ClassVar = "feldman-cousins"
    words: ClassVar = "CL, Feldman-Cousins"
    about: ClassVar = "above the unified interval of a count with a known background"
    has_slopes: ClassVar = False

    level: float = PUBLISHED_LEVEL
    expected: float | None = None

    def check_region(self, data: RegionData) -> None:
        super().check_region(data)
        region = data.region
        if not is_traced(region.observed):
            exact = region.background_error is None and region.signal_error is None and not region.pulls
            require_whole(float(region.observed), exact)

    def upper_count(self, data: RegionData) -> Scalar:
        from jaxdump.inference import poisson

        counts = poisson.as_expected(data.counts, self.expected)
        require_whole(float(counts.observed[0]), exact=not counts.centre.size)
        return poisson.unified_upper_count(counts, self.level)


@dataclasses.dataclass(frozen=True)
class Toys(AbstractStatistic):
    """A signal is excluded if CLs of q-tilde, by the true distribution of q-tilde, is below 1 - level."""

    name: ClassVar = "toys"
    words: ClassVar = "CL, CLs by toys"
    about: ClassVar = "CLs of q-tilde below 1 - level, by the distribution of q-tilde"
    has_slopes: ClassVar = False
    sums: ClassVar = True

    level: float = PUBLISHED_LEVEL
    expected: float | None = None
    combined: bool = False

    def check_region(self, data: RegionData) -> None:
        """An unknown background is drawn as none."""

    def upper_count(self, data: RegionData) -> Scalar:
        from jaxdump.inference import toys

        return toys.upper_count_by_toys(toys.by_toys(data.counts, self.level, self.expected))

    def test(self, counts: Counts) -> AbstractTest:
        from jaxdump.inference import toys

        return toys.by_toys(counts, self.level, self.expected)


class AbstractProfiled(AbstractStatistic):
    """A statistic of the likelihood with its nuisances profiled, as for many events. Reference: arXiv:1007.1727."""

    method: ClassVar[Method]
    needs_many: ClassVar = True

    def check_region(self, data: RegionData) -> None:
        """An unknown background is profiled."""

    def upper_count(self, data: RegionData) -> Scalar:
        from jaxdump.inference import profile

        return profile.upper_count_by_profile(profile.profile_test(data.counts, self.method, self.level, self.expected))

    def test(self, counts: Counts) -> AbstractTest:
        from jaxdump.inference import profile

        return profile.profile_test(counts, self.method, self.level, self.expected)


@dataclasses.dataclass(frozen=True)
class Asymptotic(AbstractProfiled):
    """A signal is excluded if CLs of q-tilde, as for many events, is below 1 - level."""

    name: ClassVar = "asymptotic"
    method: ClassVar = "asymptotic"
    words: ClassVar = "CL, asymptotic CLs"
    about: ClassVar = "the same as for many events, nuisances profiled; equals pyhf"

    level: float = PUBLISHED_LEVEL
    expected: float | None = None
    combined: bool = False


@dataclasses.dataclass(frozen=True)
class Profile(AbstractProfiled):
    """A signal is excluded if q-tilde is above its one-sided quantile, the square of that of a normal at the level."""

    name: ClassVar = "profile"
    method: ClassVar = "profile"
    words: ClassVar = "CL, profile likelihood"
    about: ClassVar = "q-tilde above the one-sided quantile, 1.64 at 90 %; nuisances profiled"
    least_level: ClassVar = 0.5  # a one-sided quantile below the median excludes nothing

    level: float = PUBLISHED_LEVEL
    expected: float | None = None
    combined: bool = False


STATISTICS: dict[str, type[AbstractStatistic]] = {
    kind.name: kind for kind in (PublishedCounts, CLs, Bayes, Asymptotic, Profile, FeldmanCousins, Toys)
}
"""The statistics by their names on the command line."""
PUBLISHED = PublishedCounts()
"""The usual statistic: more signal than the published upper count, at 90 % CL."""


def statistic_named(
    statistic: str | type[AbstractStatistic] = PublishedCounts.name,
    level: float = PUBLISHED_LEVEL,
    events: float | None = None,
    expected: float | None = None,
    combined: bool = False,
) -> AbstractStatistic:
    """A statistic from its name, or its class, and numbers; raises `ValueError` for numbers that it does not take."""
    kind = STATISTICS.get(statistic) if isinstance(statistic, str) else statistic
    if kind is None:
        raise ValueError(f"no statistic {statistic!r}: choose one of {', '.join(STATISTICS)}")
    if combined and "combined" not in kind.numbers():
        raise kind.alone_only()
    if events is not None and "events" not in kind.numbers():
        raise ValueError(f"events={events:g} sets the excluded count itself: leave it out with {kind.name}")
    given = {"level": level, "events": events, "combined": combined}
    found = kind(**{name: value for name, value in given.items() if name in kind.numbers()})
    found = found if expected is None else found.at(expected)
    found.check()
    return found


def require_statistic(rule: object) -> None:
    """Raise `ValueError` for a rule that is no statistic with its numbers."""
    if isinstance(rule, type) and issubclass(rule, AbstractStatistic):
        raise ValueError(f"rule is a statistic with its numbers, such as {rule.__name__}(0.9), not the class")
    if not isinstance(rule, AbstractStatistic):
        raise ValueError(f"rule is a statistic, such as jaxdump.CLs(0.95), not {rule!r}")


def check_slopes(statistic: AbstractStatistic) -> None:
    """Raise `ValueError` for a statistic whose limits have no slopes."""
    require_statistic(statistic)
    if not statistic.has_slopes or statistic.expected is not None:
        without = ", ".join(kind.name for kind in STATISTICS.values() if not kind.has_slopes)
        take = ", ".join(kind.name for kind in STATISTICS.values() if kind.has_slopes)
        raise ValueError(f"{without} and expected limits have no slopes: take one of {take}, as observed")


def require_whole(observed: float, exact: bool) -> None:
    """Raise `ValueError` for a count that Feldman-Cousins intervals do not take: one that is not whole, or not `exact`."""
    if not exact or observed != int(observed):
        raise ValueError("feldman-cousins takes a whole count, and a background and signal without errors: take profile")
