import functools

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import oracles
import pytest
from slopes import values_and_slopes

from jaxdump.constants import LEPTON_MASS, MUON_MASS
from jaxdump.theories import AlpMuon, PseudoscalarMediator, PseudoscalarMuon, ScalarMediator, ScalarMuon
from jaxdump.theories.loops import derivative_loop, pseudoscalar_loop, scalar_loop

SPIN0 = [ScalarMediator, PseudoscalarMediator]
LOOPS = {ScalarMediator: scalar_loop, PseudoscalarMediator: pseudoscalar_loop, AlpMuon: derivative_loop}
NUMERATOR = {ScalarMediator: 4, PseudoscalarMediator: 0, AlpMuon: 0}
ANOMALY = {ScalarMediator: 0, PseudoscalarMediator: 0, AlpMuon: 2}


@functools.cache
def photons(theory, couples):
    """The width against mass and coupling."""
    words = {"couples": couples} if theory in SPIN0 else {}
    return lambda mass, g: theory(mass, g, **words).widths()["photon", "photon"]


@functools.cache
def photons_of_all(theory):
    """The same for all ways to couple that are tested."""
    ways = ("universal", "mass-muon", "muon") if theory in SPIN0 else ("muon",)
    return lambda mass, g: jnp.stack([photons(theory, couples)(mass, g) for couples in ways])


mapped = functools.cache(lambda theory: jax.jit(jax.vmap(photons_of_all(theory))))


def feynman(theory, mass, lepton):
    """F = 4 int dx dy (1 - n x y) / (1 - k x y - i0) over x + y < 1, k = (m/m_l)^2, n = 4 or 0; that over y is done by hand.

    Of an ALP less what it is for a heavy lepton.
    """
    with mpmath.workdps(30):
        k = mpmath.mpf(mass / lepton) ** 2
        n = NUMERATOR[theory] / k

        def inner(x):
            rest = 1 - k * x * (1 - x)
            logarithm = mpmath.log(abs(rest)) - (mpmath.pi * 1j if rest < 0 else 0)
            return n * (1 - x) - (1 - n) * logarithm / (k * x)

        half = mpmath.sqrt(1 - 4 / k) / 2 if k > 4 else 0
        return complex(4 * mpmath.quad(inner, sorted({0, 0.5 - half, 0.5, 0.5 + half, 1})) - ANOMALY[theory])


@pytest.mark.parametrize("theory", LOOPS)
@pytest.mark.parametrize("ratio", [0.01, 0.5, 0.64, 1.5, 1.99, 2.01, 3.0, 20.0])
def test_loops_equal_their_feynman_integrals(theory, ratio):
    real, imaginary = LOOPS[theory](ratio * MUON_MASS, MUON_MASS)
    wanted = ratio * feynman(theory, ratio, 1.0)
    assert complex(real, imaginary) == pytest.approx(wanted, rel=1e-8)


@pytest.mark.parametrize("theory", SPIN0)
@pytest.mark.parametrize("mass", [1e-3, 0.15, 0.3, 2.0, 5.0])
def test_width_sums_amplitudes_of_all_leptons(theory, mass):
    amplitude = sum(feynman(theory, mass, lepton) / lepton for lepton in LEPTON_MASS.values())
    wanted = oracles.ALPHA**2 * mass**3 / (256 * np.pi**3) * abs(1e-3 * amplitude) ** 2
    assert float(photons(theory, "universal")(mass, 1e-3)) == pytest.approx(wanted, rel=1e-7)


@pytest.mark.parametrize(("theory", "coupling"), [(ScalarMediator, 2 / 3), (PseudoscalarMediator, 1.0)])
def test_heavy_leptons_leave_a_local_interaction(theory, coupling):
    """G = c^2 m^3 / (64 pi) of (c/4) phi F F and (c/4) a F Ftilde.

    c = 2 alpha g / (3 pi m_l) from the lepton's part e^2 / (12 pi^2) ln(m_l^2) of 1/e^2 running, m_l shifted by g phi, and
    alpha g / (pi m_l) from the anomaly of the axial current.
    """
    c = coupling * oracles.ALPHA / (np.pi * MUON_MASS)
    assert float(photons(theory, "muon")(1e-4, 1.0)) == pytest.approx(c**2 * 1e-12 / (64 * np.pi), rel=1e-6)


def test_an_alp_decouples_from_a_heavy_lepton():
    """1 - f / tau is -tau / 3 there, so G = alpha^2 g^2 m^7 / (2304 pi^3 m_mu^4)."""
    wanted = oracles.ALPHA**2 * 1e-28 / (2304 * np.pi**3 * MUON_MASS**4)
    assert float(photons(AlpMuon, "muon")(1e-4, 1.0)) == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize(("mass", "lepton"), [(0.15, MUON_MASS), (0.4, MUON_MASS)])
def test_an_alp_is_a_pseudoscalar_less_its_anomaly(mass, lepton):
    amplitude = feynman(PseudoscalarMediator, mass, lepton) - 2
    wanted = oracles.ALPHA**2 * 1e-6 * mass**3 / (64 * np.pi**3) * abs(amplitude) ** 2
    assert float(photons(AlpMuon, "muon")(mass, 1e-3)) == pytest.approx(wanted, rel=1e-7)


@pytest.mark.parametrize(("alone", "mediator"), [(ScalarMuon, ScalarMediator), (PseudoscalarMuon, PseudoscalarMediator)])
def test_muons_alone_make_the_loops_of_a_mediator_that_couples_to_them(alone, mediator):
    for mass in (0.03, 0.3):
        assert float(photons(alone, "muon")(mass, 0.1)) == pytest.approx(float(photons(mediator, "muon")(mass, 0.1)), rel=1e-14)


@pytest.mark.parametrize("theory", [*LOOPS, ScalarMuon, PseudoscalarMuon])
def test_loops_are_a_choice(theory):
    whole, half, none = (
        float(theory(0.1, 1e-3, loop_photons=factor).widths()["photon", "photon"]) for factor in (1.0, 0.5, 0.0)
    )
    assert whole == float(theory(0.1, 1e-3).widths()["photon", "photon"])
    assert (half, none) == (whole / 2, 0.0)
    with pytest.raises(ValueError, match=f"{theory.name}: loop_photons must be finite and at least 0, not -1"):
        theory(0.1, 1e-3, loop_photons=-1.0)


@pytest.mark.parametrize("theory", LOOPS)
def test_finite_and_right_in_both_precisions(theory, dtype):
    thresholds = np.array([2 * m * (1 + d) for m in LEPTON_MASS.values() for d in (-1e-7, 0, 1e-7, 1e-3)])
    masses = np.concatenate([np.geomspace(1e-5, 1e4, 400), thresholds]).astype(dtype)
    couplings = np.full(masses.size, 1e3 if theory is AlpMuon else 1.0)  # a width of 6e-41 GeV is none in float32
    precise, rough = (1e-5, 2e-3) if dtype == np.float32 else (1e-14, 1e-7)  # rough: its root at the kink of a threshold
    value, slopes = values_and_slopes(photons_of_all(theory), masses, couplings, dtype=dtype, backwards=True)
    assert value.dtype == dtype
    assert np.all(np.isfinite(slopes))
    assert np.all(value > 0)
    exact = mapped(theory)(jnp.asarray(masses, "float64"), jnp.asarray(couplings))
    np.testing.assert_allclose(value[:400], exact[:400], rtol=precise)
    np.testing.assert_allclose(value[400:], exact[400:], rtol=rough)


MASSES = np.array([1e-4, 0.03, 0.066, 0.0669, 0.21, 0.212, 0.5, 3.5, 50.0])


@functools.cache
def log_slopes(theory):
    """d ln(width) / d ln(mass) at `MASSES`, and by differences."""
    log_width = lambda mass: jnp.log(photons(theory, "universal")(mass, 1.0))  # of muons alone where there is no other way
    points = np.concatenate([MASSES, *oracles.moved(MASSES[None], 1e-5)])
    values, (slopes,) = values_and_slopes(log_width, points)
    return slopes[: MASSES.size] * MASSES, oracles.log_slopes(values[MASSES.size :], MASSES.size, 1e-5)[0]


@pytest.mark.parametrize("theory", LOOPS)
@pytest.mark.parametrize("at", range(MASSES.size), ids=MASSES)
def test_gradient_equals_finite_differences(theory, at):
    got, wanted = log_slopes(theory)
    assert got[at] == pytest.approx(wanted[at], rel=1e-7)
