"""Inelastic dark matter: widths against quadrature, traces and limits, and what closes the decay."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import stored
from dirac import slash
from scipy.integrate import quad
from slopes import values_and_slopes

from jaxdump.constants import ELECTRON_MASS, MUON_MASS, TAU_MASS
from jaxdump.theories import InelasticScalar
from jaxdump.theories.inelastic import three_body_width
from jaxdump.theories.pairs import scalar_to_pair, scalar_to_two

three_bodies = jax.jit(three_body_width)
POINTS = [
    (0.1, 1.1e-3, 0.3, ELECTRON_MASS),
    (0.01, 0.02, 0.05, ELECTRON_MASS),
    (1.0, 0.3, 3.0, MUON_MASS),
    (0.1, 0.3, 0.501, ELECTRON_MASS),
    (0.1, 10.0, 10.21, ELECTRON_MASS),
]
"""Masses [GeV]: of chi_1, the splitting, of the mediator, of the leptons."""


def trace(p, m, q, m_q):
    """Of (pslash + m) (qslash + m_q)."""
    return np.trace((slash(p) + m * np.eye(4)) @ (slash(q) + m_q * np.eye(4))).real


def by_phase_space(m1, delta, mediator, lepton):
    """The width from traces over explicit momenta, in the chain of two-body phase spaces."""
    m2 = m1 + delta

    def integrand(q):
        energy, recoil = (m2**2 + q**2 - m1**2) / (2 * m2), (m2**2 + m1**2 - q**2) / (2 * m2)
        momentum, b = np.sqrt(max(energy**2 - q**2, 0.0)), np.sqrt(max(1 - 4 * lepton**2 / q**2, 0.0))
        dark = trace(np.array([m2, 0, 0, 0]), m2, np.array([recoil, 0, 0, -momentum]), m1) / 2
        ends = [np.array([q / 2, 0, 0, side * b * q / 2]) for side in (1, -1)]
        leptons = trace(ends[0], lepton, ends[1], -lepton)
        bodies = momentum / (4 * np.pi * m2) * b / (8 * np.pi) * 2 * q / (2 * np.pi)
        return bodies * dark * leptons / (q**2 - mediator**2) ** 2 / (2 * m2)

    return quad(integrand, 2 * lepton, delta, epsabs=0, epsrel=1e-11, limit=400)[0]


@pytest.mark.parametrize("point", POINTS)
def test_three_body_width_equals_traces_and_phase_space(point):
    m1, delta, mediator, lepton = point
    assert float(three_bodies(m1, delta, mediator, 1.0, lepton)) == pytest.approx(by_phase_space(*point), rel=1e-9)


def test_three_body_width_equals_the_reference():
    for row in stored("portals")["chi2_width"]:
        squared = (row["lamchi"] * row["ce"]) ** 2
        width = three_bodies(row["m1"], row["Delta"] * row["m1"], row["mphi"], squared, ELECTRON_MASS)
        assert float(width) == pytest.approx(row["G"], rel=1e-6)


def test_three_body_width_of_a_small_splitting_without_lepton_mass():
    """lambda^2 g^2 delta^5 / (60 pi^3 m^4)."""
    for splitting, ratio in {1e-4: 1.0, 1e-3: 0.9985}.items():
        delta = splitting * 0.1
        width = float(three_bodies(0.1, delta, 0.3, 1.0, 0.0))
        assert width / (delta**5 / (60 * np.pi**3 * 0.3**4)) == pytest.approx(ratio, rel=1e-3 if splitting < 1e-3 else 1e-4)


def test_widths_and_slopes_are_finite_at_thresholds(dtype):
    splittings = np.array([0.0, 1e-12, 1e-3, 2 * ELECTRON_MASS / 0.1, 0.9, 2 * MUON_MASS / 0.1, 3.0, 3.5])

    def every(splitting, mass_ratio):
        one = InelasticScalar(0.1 * mass_ratio, jnp.ones_like(splitting), splitting=splitting, mass_ratio=mass_ratio)
        return sum(one.widths("chi2").values()), one.widths()["chi1", "chi2"]

    for numbers in jax.tree.leaves(values_and_slopes(every, splittings, np.full(8, 5.0), dtype=dtype, backwards=True)):
        assert np.all(np.isfinite(numbers))
    (to_leptons, dark), _ = values_and_slopes(every, splittings, np.full(8, 5.0), dtype=dtype)
    assert np.all(to_leptons[:3] == 0)  # chi_2 is stable
    np.testing.assert_array_equal(dark > 0, splittings < 3)  # above, the mediator is too light


def test_the_mediator_decays_to_both():
    assert float(scalar_to_two(0.9, 0.2, 0.0, 0.7)) == pytest.approx(float(scalar_to_pair(0.9, 0.7, 0.2)), rel=1e-12)
    m1, m2, mass = 0.2, 0.5, 1.1
    energy = (mass**2 + m2**2 - m1**2) / (2 * mass)
    p = np.sqrt(energy**2 - m2**2)
    squared = trace(np.array([energy, 0, 0, p]), m2, np.array([mass - energy, 0, 0, -p]), -m1)
    assert float(scalar_to_two(mass, m1, m2 - m1, 1.0)) == pytest.approx(squared * p / (8 * np.pi * mass**2), rel=1e-12)


def test_leptons_couple_in_proportion_to_their_mass():
    theory = InelasticScalar(3.0, 1e-3, splitting=0.5)
    assert list(theory.widths("chi2")) == [("chi1", name, name) for name in ("electron", "muon", "tau")]
    assert float(theory.coupling_to("electron")) == pytest.approx(1e-3 * ELECTRON_MASS / MUON_MASS, rel=1e-6)
    assert float(theory.coupling_to("tau")) == pytest.approx(1e-3 * TAU_MASS / MUON_MASS, rel=1e-6)
    only = InelasticScalar(3.0, 1e-3, splitting=0.5, couples="electron")
    assert list(only.widths("chi2")) == [("chi1", "electron", "electron")]
    assert (only.emissions("muon"), only.widths("chi1")) == ((), {})


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ({"splitting": -0.1}, "inelastic-scalar: splitting must be finite and at least 0, not -0.1"),
        ({"splitting": 1.5}, "mass_ratio must be above 2 . splitting, not 3 for a splitting of 1.5: the mediator would not"),
        ({"mass_ratio": 2.1}, "mass_ratio must be above 2 . splitting, not 2.1 for a splitting of 0.1"),
        ({"mass_ratio": 1.0}, "mass_ratio must be finite and above 2, not 1"),
        ({"alpha_D": -1.0}, "alpha_D must be finite and at least 0"),
        ({"couples": "tau"}, "no couples 'tau'"),
    ],
)
def test_what_closes_the_decay_is_told(numbers, told):
    with pytest.raises(ValueError, match=told):
        InelasticScalar(0.3, 1e-3, **numbers)
