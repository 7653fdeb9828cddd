"""Annihilation of dark matter against the formulas of papers and integrals by scipy, and what a theory of a user's gets."""

import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import stored
from oracles import ALPHA, M_E, M_MU
from scipy.integrate import quad
from scipy.special import kve

from jaxdump.cosmology.annihilation import cross_section, log_thermal_average
from jaxdump.theories import THEORIES, ScalarMediator
from jaxdump.theories.base import coupling, parameter
from jaxdump.theories.capabilities import CouplesToDarkMatter, DarkMatter
from jaxdump.theories.pairs import to_majorana, vector_to_pair, vector_to_scalars
from jaxdump.theories.vector import axial_to_pair
from jaxdump.typing import Scalar

LEPTONS = (M_E, M_MU, 1.77686)
TO_DARK = {"pseudo-dirac": vector_to_pair, "complex-scalar": vector_to_scalars, "majorana": to_majorana(axial_to_pair)}


class Leptonic(CouplesToDarkMatter):
    """A dark photon of a user's without hadrons, whose kind of dark matter is a class attribute."""

    name = "leptonic"
    references = ()
    spin = 1
    kind = "pseudo-dirac"

    mass: Scalar = parameter()
    eps: Scalar = coupling()
    alpha_D: Scalar = parameter()
    m_chi: Scalar = parameter()

    def dark_matter(self):
        return DarkMatter(self.m_chi, 1 if self.kind == "complex-scalar" else 2, self.kind == "majorana")

    def widths(self, particle=""):
        return self.off_shell(self.mass)

    def off_shell(self, mass):
        g_squared = 4 * np.pi * ALPHA * self.eps**2
        leptons = {name: vector_to_pair(mass, g_squared, m) for name, m in zip("abc", LEPTONS, strict=True)}
        pairs = {(name, name): width for name, width in leptons.items()}
        return {("chi", "chi"): TO_DARK[self.kind](mass, 4 * np.pi * self.alpha_D, self.m_chi), **pairs}


class LeptonicScalar(Leptonic):
    kind = "complex-scalar"


class LeptonicMajorana(Leptonic):
    kind = "majorana"


KINDS = {cls.kind: cls for cls in (Leptonic, LeptonicScalar, LeptonicMajorana)}
averages = jax.jit(jax.vmap(log_thermal_average))


@pytest.mark.parametrize("kind", KINDS)
def test_averages_of_a_dark_photon(kind):
    rows = [row for row in stored("thermal_targets")["average"] if row["dark"] == kind]
    of = lambda name: jnp.array([row[name] for row in rows])
    eps = jnp.sqrt(of("y") * 81 / of("alpha_D"))
    found = averages(KINDS[kind](3 * of("m_chi"), eps, of("alpha_D"), of("m_chi")), of("x"))
    np.testing.assert_allclose(jnp.exp(found), of("average"), rtol=1e-6)


def explicit(s: float, kind: str, M: float, m: float, width: float) -> float:
    """sigma of leptons alone, for eps = 1e-3 and alpha_D = 0.1 or, for a scalar mediator, g = 1e-3."""
    b = lambda m: np.sqrt(max(1 - 4 * m**2 / s, 0.0))
    pole = (s - M**2) ** 2 + M**2 * width**2
    if kind == "dirac-scalar":
        return 4 * np.pi * 0.1 * 1e-6 * s * b(m) / (16 * np.pi * pole) * sum(b(lepton) ** 3 for lepton in LEPTONS)
    visible = sum(b(lepton) * (s + 2 * lepton**2) for lepton in LEPTONS)
    shape = (1 + 2 * m**2 / s) / b(m) if kind == "pseudo-dirac" else b(m)
    return 4 * np.pi / 3 * 1e-6 * ALPHA * 0.1 * shape * visible / pole


@pytest.mark.parametrize("kind", [*KINDS, "dirac-scalar"])
def test_cross_sections_are_those_of_the_papers(kind):
    """Below and above the threshold of muons, at a resonance and beside it."""
    m = 0.09
    for ratio in (2.5, 1.2) if kind == "pseudo-dirac" else (2.5,):
        scalar = kind == "dirac-scalar"
        theory = (
            ScalarMediator(ratio * m, 1e-3, alpha_D=0.1, mass_ratio=ratio, loop_photons=0.0)
            if scalar
            else KINDS[kind](ratio * m, 1e-3, 0.1, m)
        )
        width = float(sum(theory.widths().values()))
        masses = np.array([2.0001 * m, 2.2 * m, 2.5 * m, 0.25, 0.278])
        found = jax.jit(jax.vmap(functools.partial(cross_section, theory)))(jnp.asarray(masses))
        want = [explicit(mass**2, kind, ratio * m, m, width) for mass in masses]
        np.testing.assert_allclose(found, want, rtol=1e-9)


def test_a_threshold_in_the_heat_bath():
    """Dark matter somewhat lighter than muons, and heavier than its mediator, by scipy."""
    m, x = 0.1, 12.0
    theory = ScalarMediator(1.7 * m, 1e-3, alpha_D=0.1, mass_ratio=1.7, loop_photons=0.0)
    width, T = float(sum(theory.widths().values())), m / x

    def integrand(w: float) -> float:
        """In the invariant mass w, exponentials scaled."""
        sigma = explicit(w**2, "dirac-scalar", 1.7 * m, m, width)
        return 2 * w * sigma * (w**2 - 4 * m**2) * w * kve(1, w / T) * np.exp((2 * m - w) / T)

    ends = [2 * m, 2 * M_MU, 2 * m + 5 * T, 2 * m + 45 * T]
    total = sum(quad(integrand, *pair, epsabs=0, epsrel=1e-10, limit=300)[0] for pair in itertools.pairwise(ends))
    want = total / (8 * m**4 * T * kve(2, x) ** 2)
    assert float(jnp.exp(jax.jit(log_thermal_average)(theory, jnp.array(x)))) == pytest.approx(want, rel=1e-5)


@pytest.mark.parametrize("kind", ["pseudo-dirac", "complex-scalar"])
def test_limits_of_cold_dark_matter_and_a_heavy_mediator(kind):
    """An s wave, 16 pi alpha y / m^2, and a p wave, (8 pi / 3) alpha y / m^2 6 / x, to three massless leptons."""
    m, ratio, x, alpha_D, eps = 50.0, 100.0, 1e3, 1e-4, 1e-3
    y = eps**2 * alpha_D / ratio**4
    single = 16 * np.pi * ALPHA * y / m**2 if kind == "pseudo-dirac" else 8 * np.pi / 3 * ALPHA * y / m**2 * 6 / x
    theory = jax.tree.map(lambda one: jnp.asarray(one)[None], KINDS[kind](ratio * m, eps, alpha_D, m))
    (found,) = averages(theory, jnp.array([x]))
    assert float(jnp.exp(found)) == pytest.approx(3 * single, rel=4e-3)


class DarkOnly(Leptonic):
    """Without leptons either."""

    def off_shell(self, mass):
        return {("chi", "chi"): vector_to_pair(mass, 4 * np.pi * self.alpha_D, self.m_chi)}


def test_without_other_decays_nothing_annihilates():
    assert float(cross_section(DarkOnly(0.27, 1e-3, 0.1, 0.09), jnp.asarray(0.25))) == 0


@pytest.mark.parametrize("name", [name for name, kind in THEORIES.items() if issubclass(kind, CouplesToDarkMatter)])
def test_all_but_the_dark_width_grow_with_the_visible_coupling(name):
    one = THEORIES[name](1.3, 1e-2)
    assert isinstance(one, CouplesToDarkMatter)
    three = one.with_couplings(3e-2)
    pair = one.dark_matter().pair
    assert float(three.visible_coupling() / one.visible_coupling()) == pytest.approx(3)
    for daughters, width in three.widths().items():
        assert float(width) == pytest.approx(float(one.widths()[daughters]) * (1 if daughters == pair else 9), rel=1e-12)
