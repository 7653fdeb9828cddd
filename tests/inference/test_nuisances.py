import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from counting import Region, experiment_of
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import norm, poisson

import jaxdump
from jaxdump import CLs, Number, Profile, combine, with_nuisances
from jaxdump.experiments import NA64E_5E12, NA64E_2022, SUPERK
from jaxdump.inference.counts import counts_of
from jaxdump.inference.exclusion import signal_count
from jaxdump.inference.poisson import log_averaged_cdf, two_pulls
from jaxdump.settings import settings_of
from jaxdump.theories import DarkPhoton, Millicharge

SEEN, BACKGROUND, ERROR = 4.0, 3.0, 0.3
PLAIN = dataclasses.replace(experiment_of(Region(SEEN, BACKGROUND)), exposure=Number(10.0, "A", "", error=10 * ERROR))
RUN = with_nuisances(PLAIN, "exposure")


def q(signal):
    """-2 ln of the largest likelihood over the pull."""

    def at(pull):
        return -2 * (poisson.logpmf(SEEN, signal * (1 + ERROR) ** pull + BACKGROUND) + norm.logpdf(pull))

    return minimize_scalar(at, bounds=(-8, 8), method="bounded", options={"xatol": 1e-10}).fun


def test_the_profile_limit_is_that_of_scipy():
    """The best signal is what was seen beyond the background."""
    limit = brentq(lambda signal: q(signal) - q(SEEN - BACKGROUND) - norm.ppf(0.9) ** 2, 2.0, 50.0, xtol=1e-9)
    assert float(signal_count(RUN, Profile())) == pytest.approx(limit, rel=1e-5)
    exact = brentq(
        lambda signal: -2 * poisson.logpmf(SEEN, signal + BACKGROUND) + 2 * poisson.logpmf(SEEN, SEEN) - 1.642, 2, 50
    )
    assert exact < 0.95 * limit


def test_a_nuisance_is_the_error_of_a_signal():
    """As `signal_error` is, for a statistic that averages, too."""
    usual = experiment_of(Region(SEEN, BACKGROUND, signal_factor=1 + ERROR))
    assert float(signal_count(RUN, CLs())) == pytest.approx(float(signal_count(usual, CLs())), rel=1e-12)


def test_efficiency_of_na64e_moves_its_events():
    run = with_nuisances(NA64E_2022, "efficiency")
    assert jaxdump.nuisance_names(run) == ("na64e-2022 efficiency",)
    np.testing.assert_allclose(counts_of(run).signal_slopes, np.log([[0.45 / 0.40]]), rtol=1e-12)
    efficiencies = [one.value for one in settings_of(run) if one.names[0] == "efficiency"]
    assert {(one, one.error) for one in efficiencies} == {(0.40, None)}  # a band does not count it again
    with pytest.raises(ValueError, match="efficiency of na64e-2022 has no error"):
        with_nuisances(run, "efficiency")


def test_a_pull_of_one_is_the_number_with_its_error():
    run, point = with_nuisances(NA64E_2022, "efficiency"), DarkPhoton(0.1, 2e-4)
    more, _ = jaxdump.with_numbers(NA64E_2022, DarkPhoton, {"efficiency": 0.45})
    pulled = jax.jit(jaxdump.log_likelihood)(run, point, {"na64e-2022 efficiency": 1.0}) - norm.logpdf(1.0)
    assert float(pulled) == pytest.approx(float(jax.jit(jaxdump.log_likelihood)(more, point)), rel=1e-5)


def test_runs_together_share_a_number():
    both = with_nuisances(combine(NA64E_2022, NA64E_5E12), "efficiency")
    assert jaxdump.nuisance_names(both) == ("na64e-2022 + na64e-5e12 efficiency",)
    np.testing.assert_allclose(counts_of(both).signal_slopes, np.log([[1.125], [1.125]]), rtol=1e-12)
    apart = combine(with_nuisances(NA64E_2022, "efficiency"), with_nuisances(NA64E_5E12, "efficiency"))
    assert np.count_nonzero(counts_of(apart).signal_slopes) == 2
    assert len(jaxdump.nuisance_names(apart)) == 2


def with_error(run, field):
    """The run with an error of ten per cent of a number."""
    return dataclasses.replace(run, **{field: Number(getattr(run, field), "A", "", error=0.1 * getattr(run, field))})


def test_three_pulls_are_averaged_as_two():
    """Background, flux and exposure of superk: the two of its signal are one, of a log error in quadrature."""
    run = with_nuisances(with_error(SUPERK, "exposure"), "exposure")
    assert len(jaxdump.nuisance_names(run)) == 3
    (region,) = SUPERK.regions
    quadrature = np.exp(np.hypot(np.log(1.35), np.log(1.1))) - 1
    same = dataclasses.replace(SUPERK, regions=(dataclasses.replace(region, signal_error=quadrature),))
    cdf = jax.jit(log_averaged_cdf)
    assert float(cdf(counts_of(run), 20.0)) == pytest.approx(float(cdf(counts_of(same), 20.0)), rel=1e-9)


def test_pulls_that_move_both_are_kept():
    """Any number of pulls move background and signal with the same covariance."""
    rng = np.random.default_rng(1)
    of_b, of_s = rng.normal(size=(2, 5))
    both, few = np.stack([of_b, of_s]), np.stack(two_pulls(jnp.array(of_b), jnp.array(of_s)))
    np.testing.assert_allclose(few @ few.T, both @ both.T, rtol=1e-12)
    assert few.shape == (2, 2)


@pytest.mark.parametrize(
    ("run", "name", "told"),
    [
        (NA64E_2022, "exposure", "exposure of na64e-2022 has no error: give Number"),
        (NA64E_2022, "exposures", "no number 'exposures' in na64e-2022"),
        (
            jaxdump.with_numbers(NA64E_2022, DarkPhoton, {"x_min": Number(0.5, "A", "", error=0.1)})[0],
            "x_min",
            "x_min does not multiply the signal",
        ),
        ("na64e", "efficiency", "takes an experiment"),
    ],
)
def test_what_is_no_nuisance_is_told(run, name, told):
    with pytest.raises(ValueError, match=told):
        with_nuisances(run, name)


def test_a_number_of_some_channels_moves_these():
    """The number of mesons: a pull of one multiplies it by one plus its relative error, which is one."""
    run, point = with_nuisances(NA64E_5E12, "mesons"), Millicharge(0.5, 0.02)
    more, _ = jaxdump.with_numbers(NA64E_5E12, Millicharge, {"mesons": 2.0})
    likelihood = jax.jit(jaxdump.log_likelihood)
    pulled = float(likelihood(run, point, {"na64e-5e12 mesons": 1.0})) - norm.logpdf(1.0)
    assert pulled == pytest.approx(float(likelihood(more, point)), rel=1e-5)
    assert float(likelihood(run, point)) - norm.logpdf(0.0) == pytest.approx(float(likelihood(NA64E_5E12, point)), rel=1e-5)


def test_what_cannot_take_a_nuisance_of_some_channels_says_so():
    run = with_nuisances(NA64E_5E12, "mesons")
    with pytest.raises(ValueError, match=r"na64e-5e12 has a nuisance of some channels alone.*combine"):
        jaxdump.limit(run, Millicharge, [0.5], CLs())
    with pytest.raises(ValueError, match="no nuisances of some channels alone"):
        jaxdump.limit(run, Millicharge, [0.5], jaxdump.Toys(combined=True))
    with pytest.raises(ValueError, match="contours take no nuisances of some channels alone: take limits"):
        jaxdump.contours(run, Millicharge, (0.1, 1.0, 1e-3, 1.0), rule=Profile(combined=True))
    with pytest.raises(ValueError, match="fits take no nuisances of some channels alone"):
        jaxdump.fit(run, Millicharge, (0.1, 1.0, 1e-3, 1.0))
    (region,) = NA64E_5E12.regions
    together = dataclasses.replace(region.channels[0], production=("bremsstrahlung", "mesons"))
    joined = dataclasses.replace(NA64E_5E12, regions=(dataclasses.replace(region, channels=(together,)),))
    with pytest.raises(ValueError, match=r"mesons multiplies mesons alone.*a channel of its own"):
        with_nuisances(joined, "mesons")
