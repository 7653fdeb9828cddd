"""Checks of theories, productions, stages and experiments fail where something is wrong, and tell what."""

import dataclasses
from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxdump import AbstractProduction, AbstractStage, Channel, Experiment, Flux, SignalRegion
from jaxdump.flux import CLOSED, safe_log
from jaxdump.testing import Plan, Wrong, check_experiment, check_production, check_stage, check_theory
from jaxdump.testing.subjects import differences, moved
from jaxdump.theories import AlpPhoton, CouplesToPhotons, coupling, parameter

PLAN = Plan(masses=(1e-3, 0.1, 10.0), couplings=(1e-6, 1e-2, 10.0), points=((0.02, 1e-3), (0.3, 1e-4)), closed=(200.0,))
THRESHOLD = 0.2


class Simple(CouplesToPhotons):
    """A particle that decays to a pair of something of 0.1 GeV, in a way of each class below."""

    name = "simple"
    references = ()

    mass: jax.Array = parameter()
    g: jax.Array = coupling()
    mistake: str = eqx.field(static=True, default="", kw_only=True)

    def photon_coupling(self):
        return self.g

    def widths(self, particle=""):
        below = 1 - (THRESHOLD / self.mass) ** 2
        open_ = below > 0
        root = jnp.where(open_, jnp.sqrt(below if self.mistake == "nan" else jnp.where(open_, below, 1.0)), 0.0)
        if self.mistake == "edge":
            root = jnp.where(below >= 0, jnp.sqrt(jnp.where(below >= 0, below, 1.0)), 0.0)
        if self.mistake == "branch" and self.mass > THRESHOLD:
            return {}
        if self.mistake == "eager" and not isinstance(self.mass, jax.core.Tracer):
            root = 2 * root
        sign = -1 if self.mistake == "negative" else 1
        return {("X", "X"): sign * self.g**2 * self.mass * root}


class Rays(AbstractProduction):
    """Particles between their mass and 100 GeV, as many as the square of the coupling says."""

    name: str = eqx.field(static=True, default="rays")
    mistake: str = eqx.field(static=True, default="")

    def makes(self, theory):
        return isinstance(theory, Simple)

    def __call__(self, theory):
        mass = jnp.asarray(theory.mass)
        share = jnp.asarray([0.1, 0.5, 0.9], mass.dtype)
        log_weight = jnp.log(share) + safe_log(jnp.maximum(1 - mass / 100, 0.0))
        if self.mistake == "coupling":
            log_weight = log_weight + 2 * jnp.log(theory.coupling)
        if self.mistake == "never closed":
            log_weight = jnp.log(share)
        return Flux(mass + share * 100, jnp.full_like(share, mass), jnp.maximum(log_weight, CLOSED), self.log_scale(theory))

    def log_scale(self, theory):
        return 2 * safe_log(theory.coupling)


class Thin(AbstractStage):
    """Keeps one in 1e5, in one of several wrong ways."""

    mistake: str = eqx.field(static=True, default="")

    def __call__(self, theory, flux):
        lost = jnp.full_like(flux.log_weight, -jnp.log(1e5))
        kind = type(flux.log_weight + theory.mass).__name__
        if self.mistake == "overflow":
            lost = jnp.log(jnp.exp(jnp.full_like(lost, 100.0)))
        if self.mistake == "source":
            return dataclasses.replace(flux, log_weight=jnp.logaddexp(flux.log_weight, lost))
        if self.mistake == "eager" and not isinstance(flux.log_weight, jax.core.Tracer):
            lost = lost + 1
        if self.mistake == "mapped" and kind == "BatchTracer":
            lost = lost + 1
        return flux.weighted(lost)


class Wordy(AbstractStage):
    """Forgot that words are static."""

    word: str

    def __call__(self, theory, flux):
        return flux


def experiment(*stages):
    region = SignalRegion("all", (Channel("rays", stages),), 0.0, 0.0, 2.3)
    return Experiment("mine", "", (), 1e9, (Rays(),), (region,))


FLUX = Flux(jnp.array([1.0, 10.0]), jnp.array([0.1, 0.1]), jnp.array([0.0, -3.0]), jnp.array(0.0))
RIGHT = experiment(Thin())


@pytest.mark.parametrize(
    "check",
    [
        partial(check_theory, Simple, RIGHT),
        partial(check_production, Rays(), Simple),
        partial(check_stage, Thin(), Simple, FLUX),
        partial(check_stage, Thin(), Simple, Rays()),
        partial(check_experiment, RIGHT, Simple),
    ],
    ids=["theory", "production", "stage", "stage of a production", "experiment"],
)
def test_what_is_right_passes(check):
    found = check(PLAN._replace(more=[(0.05, 1e-5)]))
    assert found.points.tolist() == [[0.05, 1e-5]]
    assert found.slopes.logs.shape == (1, 2, found.value.logs.shape[1])


def theory(mistake):
    return partial(Simple, mistake=mistake)


WRONG = {
    "nan": (check_theory, (theory("nan"), RIGHT), "a slope backwards at mass 0.001 GeV .* is nan, not finite"),
    "edge": (
        check_theory,
        (theory("edge"), RIGHT),
        "mass of one of the widths at mass 0.2 GeV .* is inf, not finite",
    ),
    "negative": (check_theory, (theory("negative"), RIGHT), r"a width at mass 10 GeV .* is -\S+, not at least 0"),
    "branch": (check_theory, (theory("branch"), RIGHT), "it cannot be compiled: Attempted boolean conversion"),
    "said eagerly": (check_theory, (theory("eager"), RIGHT), "one of the rates, operation by operation, at mass 0.3 GeV"),
    "coupling": (check_production, (Rays(mistake="coupling"), Simple), "slope in the coupling of a column besides log_scale"),
    "word": (check_stage, (Wordy("a word"), Simple, FLUX), r"parts\[0\].word is a word: its field must be static"),
    "never closed": (check_production, (Rays(mistake="never closed"), Simple), "too heavy to be made, a log at mass 200 GeV"),
    "overflow": (check_stage, (Thin("overflow"), Simple, FLUX), r"one of the logs at .* \(float32\) is inf, not finite"),
    "source": (check_stage, (Thin("source"), Simple, FLUX), "of a flux without weight, a log at .* not below -50000"),
    "eager": (
        check_experiment,
        (experiment(Thin("eager")), Simple),
        "one of the logs, operation by operation, at mass 0.3 GeV",
    ),
    "mapped": (check_experiment, (experiment(Thin("mapped")), Simple), "one of the logs, mapped, at mass 0.02 GeV"),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_what_is_wrong_is_told_in_one_line(mistake):
    check, arguments, told = WRONG[mistake]
    with pytest.raises(Wrong, match=told) as error:
        check(*arguments, PLAN)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("check", "told"),
    [
        (lambda: check_theory(Simple(0.1, 1.0)), "theory must be the class of a theory or a Family, not an object of Simple"),
        (lambda: check_theory(Rays), "what a theory makes of mass and coupling must be an object of AbstractTheory"),
        (lambda: check_theory(Simple, Rays()), "experiment must be an object of AbstractExperiment, not of type Rays"),
        (lambda: check_production(Rays, Simple), "production must be an object of AbstractProduction, not the class Rays"),
        (lambda: check_production(Rays(), AlpPhoton), "makes nothing of that theory"),
        (lambda: check_stage(Rays(), Simple, FLUX), "stage must be an object of AbstractStage, not of type Rays"),
        (
            lambda: check_stage(Thin(), Simple, None),
            "flux must be an object of Flux or AbstractProduction, not of type None",
        ),
        (lambda: check_theory(Simple, plan=Plan(masses=())), "plan: there are no masses: give one or more"),
        (lambda: check_theory(Simple, plan=Plan(couplings=(0.0,))), "plan: couplings must be finite and positive, not 0"),
        (lambda: check_theory(Simple, plan=Plan(masses=("heavy",))), r"plan: masses must be numbers, not \('heavy',\)"),
        (lambda: check_theory(Simple, plan=Plan(points=(0.1,))), r"plan: points must be a list of \(mass, coupling\)"),
    ],
)
def test_what_cannot_be_checked_is_told(check, told):
    with pytest.raises(ValueError, match=told):
        check()


def test_a_difference_of_the_precisions_is_told():
    with pytest.raises(Wrong, match=r"one of the logs at .* \(float32\)"):
        check_theory(Simple, RIGHT, PLAN._replace(single=0.0))


def test_slopes_are_compared_with_differences():
    points = np.array([(0.1, 2.0), (3.0, 0.5)])
    beside = moved(points)
    slopes = differences(np.log(beside[:, 0] ** 3 * beside[:, 1])[:, None], 2)
    np.testing.assert_allclose(slopes[..., 0], [[3, 1], [3, 1]], rtol=1e-9)
