"""Regions that hold the standard process, with which a signal interferes, and measured ratios: against scipy."""

import dataclasses
import functools
from itertools import pairwise

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import brentq, minimize, minimize_scalar
from scipy.stats import norm, poisson

import jaxdump
from jaxdump import AbstractProduction, Channel, Experiment, Flux, Measurement, SignalRegion
from jaxdump.inference.contours import contours
from jaxdump.inference.counts import counts_of
from jaxdump.inference.exclusion import expects_few
from jaxdump.inference.profile import q_tilde
from jaxdump.inference.statistics import CLs, Profile, PublishedCounts, Toys
from jaxdump.region import Signal
from jaxdump.stage import AbstractResponse
from jaxdump.theories import AlpPhoton

STANDARD, USUAL = 10.0, 3e-3
"""Events of the standard process, and the coupling at which the new amplitude is as large as its own."""
THRESHOLD = norm.ppf(0.9) ** 2


class Neutrinos(AbstractProduction):
    """Standard particles: they know no coupling."""

    name: str = eqx.field(static=True, default="neutrinos")

    def makes(self, theory):
        return True

    def __call__(self, theory):
        mass = jnp.asarray(theory.mass)[None]
        return Flux(mass + 10, mass, jnp.zeros_like(mass), self.log_scale(theory))

    def log_scale(self, theory):
        return jnp.zeros_like(theory.mass)


class Scattering(AbstractResponse):
    """Events of (1 + `sign` g^2 / USUAL^2)^2, the square of two amplitudes; or without the standard one, of g^2 / USUAL^2."""

    sign: float
    alone: bool = eqx.field(static=True, default=False)

    def __call__(self, theory, flux):
        x = (theory.coupling / USUAL) ** 2
        return flux.log_total()[None] + jnp.log(STANDARD * (x if self.alone else (1 + self.sign * x) ** 2) + 1e-30)


def region(name, sign, observed, background, standard=True, **more) -> SignalRegion:
    response = Scattering(sign, not standard)
    return SignalRegion(name, (Channel("neutrinos", (), response),), observed, background, None, standard=standard, **more)


def run_of(*regions) -> Experiment:
    return Experiment("scattering", "", (), exposure=1.0, productions=(Neutrinos(),), regions=regions)


DESTRUCTIVE = run_of(region("a", -1.0, 12.0, 2.0))
CONSTRUCTIVE = run_of(region("a", 1.0, 12.0, 2.0))
WIDE = run_of(region("a", -1.0, 12.0, 2.0, background_error=1.0), region("b", 1.0, 1.0, 0.5, standard=False))


def amplitude(sign, x, t):
    return STANDARD * (1 + sign * x * t) ** 2


def q_of(sign, n, b, x):
    """q-tilde of one exact count: the strength by a scalar minimiser on small pieces."""
    loss = lambda t: -poisson.logpmf(n, amplitude(sign, x, t) + b)
    ends = np.linspace(0, 1, 41)
    best = min(minimize_scalar(loss, bounds=piece, method="bounded", options={"xatol": 1e-12}).fun for piece in pairwise(ends))
    return 2 * (loss(1.0) - min(best, loss(0.0), loss(1.0)))


def q_wide(x):
    """The same of two counts with a pull of the first background."""

    def loss(at):
        means = amplitude(-1, x, at[0]) + 2 * 1.5 ** at[1], 0.5 + STANDARD * x * at[0]
        return -poisson.logpmf([12, 1], means).sum() + at[1] ** 2 / 2

    def least(bounds):
        starts = [(t, 0.0) for t in np.linspace(*bounds, 9)]
        search = {"method": "L-BFGS-B", "bounds": [bounds, (None, None)], "options": {"ftol": 1e-15, "gtol": 1e-10}}
        return min(minimize(loss, start, **search).fun for start in starts)

    return 2 * (least((1.0, 1.0)) - least((0.0, 1.0)))


@pytest.mark.parametrize(
    ("run", "q"),
    [
        (DESTRUCTIVE, functools.partial(q_of, -1, 12, 2.0)),
        (CONSTRUCTIVE, functools.partial(q_of, 1, 12, 2.0)),
    ],
    ids=["destructive", "constructive"],
)
def test_the_profile_limit_equals_scipy(run, q):
    wanted = brentq(lambda x: q(x) - THRESHOLD, 1e-3, 0.99, xtol=1e-10)
    limits = jaxdump.limit(run, AlpPhoton, [0.1], Profile(combined=True))
    assert (limits.lower[0, 0] / USUAL) ** 2 == pytest.approx(wanted, rel=1e-6)


def test_a_pull_and_a_usual_region_beside_it_equal_scipy():
    signal = lambda x: WIDE.signal(AlpPhoton(0.1, USUAL * x**0.5))
    got = jax.jit(lambda x: q_tilde(counts_of(WIDE), signal(x), frozen=True))
    for x in (0.1, 0.25, 1.0):
        assert float(got(x)) == pytest.approx(q_wide(x), rel=1e-5, abs=1e-7)


def test_terms_are_those_of_the_square():
    """10 (1 - x)^2 at x = 1/4: 10, -5 and 0.625; a usual region has none but the middle one."""
    signal = WIDE.signal(AlpPhoton(0.1, USUAL / 2))
    np.testing.assert_allclose(signal.terms[:, 0], [10, -5, 0.625], rtol=1e-9)
    np.testing.assert_allclose(signal.terms[:, 1], [0, 2.5, 0], atol=1e-12)
    np.testing.assert_allclose(signal.mean(0.5), [10 * 0.875**2, 1.25], rtol=1e-9)
    np.testing.assert_allclose(signal.mean(), np.exp(signal.log_events), rtol=1e-9)
    np.testing.assert_allclose(signal.standard.mean(), [10, 0], atol=1e-12)
    moved = signal.in_units(jnp.log(4.0)).scaled(jnp.log(2.0))
    np.testing.assert_allclose(moved.mean(4.0), 2 * signal.mean(), rtol=1e-9)
    whole = Signal.joined([DESTRUCTIVE.signal(AlpPhoton(0.1, USUAL)), signal])
    np.testing.assert_allclose(whole.mean(), [0, *signal.mean()], atol=1e-9)


def test_likelihood_asimov_and_toys_hold_the_standard_process():
    weak, theory = AlpPhoton(0.1, 1e-12), AlpPhoton(0.1, USUAL)
    assert float(jaxdump.log_likelihood(DESTRUCTIVE, weak)) == pytest.approx(poisson.logpmf(12, 12), rel=1e-9)
    assert float(jaxdump.log_likelihood(DESTRUCTIVE, theory)) == pytest.approx(poisson.logpmf(12, 2), rel=1e-9)
    assert float(jaxdump.asimov(DESTRUCTIVE, weak).regions[0].observed) == pytest.approx(12, rel=1e-9)
    drawn = jaxdump.toys(DESTRUCTIVE, weak, key=jax.random.key(1), number=4000).regions[0].observed
    assert drawn.mean() == pytest.approx(12, abs=5 * np.sqrt(12 / 4000))
    for verb in (jaxdump.asimov, functools.partial(jaxdump.toys, key=jax.random.key(1), number=2)):
        with pytest.raises(ValueError, match="needs a theory where regions hold the standard process"):
            verb(DESTRUCTIVE)


def test_slopes_are_finite_at_any_coupling(dtype):
    """Of the likelihood and of CLs, also where the amplitudes cancel."""
    test = jaxdump.Asymptotic(combined=True).test(counts_of(WIDE, dtype)).quick()

    def both(g):
        theory = AlpPhoton(jnp.full_like(g, 0.1), g)
        return jaxdump.log_likelihood(WIDE, theory), test.excess(WIDE.signal(theory))[0]

    couplings = jnp.asarray(np.append(np.geomspace(1e-12, 1e3, 16), USUAL), dtype)
    value = jax.jacfwd(lambda g: (both(g),) * 2, has_aux=True)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(jax.jit(lambda gs: jax.lax.map(value, gs))(couplings)))


def test_what_takes_no_standard_process_says_so():
    for rule in (CLs(), PublishedCounts(events=3.0), Profile()):
        with pytest.raises(ValueError, match="a of scattering holds the standard process too"):
            jaxdump.limit(DESTRUCTIVE, AlpPhoton, [0.1], rule)
    with pytest.raises(
        ValueError,
        match="toys takes no measured ratios, no regions that hold",
    ):
        jaxdump.limit(DESTRUCTIVE, AlpPhoton, [0.1], Toys(combined=True))
    with pytest.raises(ValueError, match="take limits at masses"):
        contours(DESTRUCTIVE, AlpPhoton, (0.01, 0.1, 1e-4, 1e-2), rule=Profile(combined=True))


RATIO = Measurement("ratio", (Channel("neutrinos", (), Scattering(0.2)),), value=9.2, error=0.7, standard=True)
BOTH = run_of(RATIO, region("b", 1.0, 1.0, 0.5, standard=False))
"""10 (1 + 0.2 x)^2 of a measured ratio, and a count."""


def q_both(x):
    """q-tilde of the ratio and the count by a scalar minimiser."""
    loss = lambda t: (9.2 - 10 * (1 + 0.2 * x * t) ** 2) ** 2 / 2 / 0.7**2 - poisson.logpmf(1, 0.5 + STANDARD * x * t)
    best = minimize_scalar(loss, bounds=(0, 1), method="bounded", options={"xatol": 1e-12}).fun
    return 2 * (loss(1.0) - min(best, loss(0.0), loss(1.0)))


def test_a_measured_ratio_has_a_gaussian_density():
    theory, counts = AlpPhoton(0.1, USUAL / 2), counts_of(BOTH)
    wanted = norm.logpdf(9.2, 10 * 1.05**2, 0.7) + poisson.logpmf(1, 0.5 + STANDARD / 4)
    assert float(jaxdump.log_likelihood(BOTH, theory)) == pytest.approx(wanted, rel=1e-9)
    more = dataclasses.replace(BOTH, exposure=3.0)  # a ratio has none
    np.testing.assert_allclose(np.exp(more.log_signal(theory)), [10 * 1.05**2, 3 * STANDARD / 4], rtol=1e-9)
    np.testing.assert_array_equal(counts.errors, [0.7, 0])
    assert counts_of(WIDE).errors is None
    asimov = jaxdump.asimov(BOTH, theory)
    np.testing.assert_allclose([region.observed for region in asimov.regions], [10 * 1.05**2, 3.0], rtol=1e-9)
    assert expects_few(BOTH)
    assert not expects_few(run_of(RATIO))


def test_a_ratio_and_a_count_have_a_profile_limit_together():
    wanted = brentq(lambda x: q_both(x) - THRESHOLD, 1e-3, 0.99, xtol=1e-10)
    limits = jaxdump.limit(BOTH, AlpPhoton, [0.1], Profile(combined=True))
    assert (limits.lower[0, 0] / USUAL) ** 2 == pytest.approx(wanted, rel=1e-6)
    assert limits.regions == ("ratio + b",)


def test_toys_of_ratios_are_gaussian():
    drawn = jaxdump.toys(BOTH, AlpPhoton(0.1, USUAL / 2), key=jax.random.key(1), number=4000)
    ratio, count = (np.asarray(region.observed) for region in drawn.regions)
    assert ratio.mean() == pytest.approx(10 * 1.05**2, abs=5 * 0.7 / np.sqrt(4000))
    assert ratio.std() == pytest.approx(0.7, rel=0.06)
    assert count.mean() == pytest.approx(3.0, abs=5 * np.sqrt(3 / 4000))
    assert np.all(count == np.round(count))


def test_a_ratio_is_not_taken_for_a_count():
    for rule in (CLs(), PublishedCounts(events=3.0), Profile()):
        with pytest.raises(ValueError, match="ratio of scattering is a measured ratio and no count: combine, with asymptotic"):
            jaxdump.limit(BOTH, AlpPhoton, [0.1], rule)
    with pytest.raises(ValueError, match="toys takes no measured ratios"):
        jaxdump.limit(BOTH, AlpPhoton, [0.1], Toys(combined=True))
    with pytest.raises(ValueError, match="ratio: error must be finite and positive, not 0"):
        dataclasses.replace(RATIO, error=0.0)
    with pytest.raises(ValueError, match="ratio: error must be one number, or one for each of 1 bins, not 2"):
        dataclasses.replace(RATIO, error=[1.0, 2.0])


def test_slopes_with_a_ratio_are_finite_at_any_coupling():
    """Standard deviations whose squares single precision does not hold."""
    at = lambda g: jaxdump.log_likelihood(BOTH, AlpPhoton(jnp.full_like(g, 0.1), g))
    couplings = jnp.asarray(np.geomspace(1e-12, 1e3, 16), "float32")
    for leaf in jax.jit(lambda gs: jax.lax.map(jax.value_and_grad(at), gs))(couplings):
        assert np.isfinite(leaf).all()
