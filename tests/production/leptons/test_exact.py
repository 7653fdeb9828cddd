"""The exact tree level; programs are compiled per vertex, with set-ups as numbers."""

import dataclasses
import functools

import feynman
import jax
import jax.numpy as jnp
import numpy as np
import oracles
import pytest

from jaxdump.constants import E_SQUARED, ELECTRON_MASS, INVERSE_GEV2, LEPTON_MASS, MUON_MASS
from jaxdump.experiments import EXPERIMENTS
from jaxdump.matter.materials import ALUMINIUM, LEAD, TUNGSTEN
from jaxdump.production.leptons.bremsstrahlung import PREFACTOR, THETA_MAX, differential, energy_fraction_nodes
from jaxdump.production.leptons.exact import angle_integral, azimuthal_average
from jaxdump.production.leptons.lepton_kinematics import ExactRadiation, Exchange
from jaxdump.production.leptons.vertices import VERTICES, Nodes, double_pole, logarithmic
from jaxdump.settings import with_method
from jaxdump.theories import AlpPhoton, AxialVector, DarkPhoton, PseudoscalarMediator, ScalarMediator, Spin2
from jaxdump.theories.radiation import Radiation

NUCLEUS = 193.0
SETUPS = {
    name: (energy, LEPTON_MASS[lepton], dataclasses.replace(material, name=""), x_min)
    for name, lepton, energy, material, x_min in [
        ("NA64e", "electron", 100.0, LEAD, 0.5),
        ("NA64mu", "muon", 160.0, LEAD, 0.5),
        ("LDMX", "electron", 16.0, ALUMINIUM, 0.7),
        ("M3", "muon", 15.0, TUNGSTEN, 0.4),
    ]
}
"""Beam energy, lepton mass, material without its name and least x."""
NO_GRAVITON = [name for name in VERTICES if name != "graviton"]


@jax.jit
def exchanged(x, mass, energy, y, ratio, phi):
    """The momenta at t = `ratio` t_min, of a muon."""
    e = ExactRadiation(Radiation(x, 1 - x, mass, MUON_MASS), energy, NUCLEUS, y)
    least, largest, _ = e.t_range()
    recoil = (1 + e.v0 / NUCLEUS) ** 2 - (e.v / NUCLEUS) ** 2
    t = least * ratio
    across = jnp.sqrt(recoil * (t - least) * (largest - t)) / (2 * e.v)
    return Exchange(e, t, across, jnp.cos(phi), jnp.sin(phi))


def events():
    """Exchanges, and p, q, p', k of each."""
    generator = np.random.default_rng(1)
    for _ in range(10):
        point = generator.uniform(0.4, 0.9), 10 ** generator.uniform(-1.5, -0.5), 10 ** generator.uniform(1, 1.5)
        x = exchanged(*map(jnp.float64, (*point, 10 ** generator.uniform(-2, 0), 10 ** generator.uniform(0.5, 2.5), 1.0)))
        e = x.emission
        p = np.array([e.energy, e.p1, 0.0, e.p3])
        q, k = np.array([x.q0, *x.q]), np.array([e.particle_energy, 0.0, 0.0, e.momentum])
        yield x, (p, q, p + q - k, k)


EVENTS = list(events())
squared = {name: jax.jit(vertex.squared) for name, vertex in VERTICES.items()}


def dsigma_dx(name, mass, x, one_minus_x, energy, lepton_mass, material, n=None):
    """dsigma/dx [pb] at unit coupling with any nodes, for lists of mass, x and 1 - x; zero where closed."""
    vertex = VERTICES[name]
    x0 = mass / energy
    open_ = (x > x0) & (one_minus_x * energy > lepton_mass)

    def one(point):
        return angle_integral(vertex, Radiation(*point, lepton_mass), energy, material, THETA_MAX, n or vertex.nodes)

    momentum = jnp.sqrt(jnp.where(open_, (x - x0) * (x + x0), 1.0))
    angular = jax.lax.map(one, (jnp.where(open_, x, 0.5), jnp.where(open_, one_minus_x, 0.5), mass))
    return jnp.where(open_, PREFACTOR * momentum * angular, 0.0)


def sigma(spectrum, name, mass, energy, lepton_mass, material, x_min, n_x=20, n=None):
    """Cross-section [GeV^-2] above `x_min` at unit coupling, by nodes in a `spectrum`."""
    x, one_minus_x, weight = nodes_in_x(n_x, mass / energy, x_min, lepton_mass / energy)
    values = spectrum(name, jnp.full_like(x, mass), x, one_minus_x, energy, lepton_mass, material, n)
    return jnp.sum(weight * values) / INVERSE_GEV2


nodes_in_x = jax.jit(energy_fraction_nodes, static_argnums=0)
jitted = jax.jit(dsigma_dx, static_argnames=("name", "n"))


def value(setup, name, mass, **nodes):
    """The cross-section in a set-up."""
    return float(sigma(jitted, name, jnp.float64(mass), *SETUPS[setup], **nodes))


@functools.cache
def few_nodes(name):
    """A cross-section with few nodes and its slope along a direction in mass and energy, for the rest of any set-up."""

    def both(point, direction, *rest):
        return jax.jvp(
            lambda mass, energy: sigma(dsigma_dx, name, mass, energy, *rest, n_x=8, n=Nodes(6, 8, 4)), point, direction
        )

    return jax.jit(both)


def value_and_slope(name, setup, mass, energy, *direction):
    """The same in a set-up with another energy."""
    numbers = [tuple(map(jnp.float64, pair)) for pair in ((mass, energy), direction)]
    return map(float, few_nodes(name)(*numbers, *SETUPS[setup][1:]))


def test_momenta_and_invariants_are_those_of_the_process():
    for x, (p, q, p_out, k) in EVENTS:
        dot, e, m2 = feynman.dot, x.emission, MUON_MASS**2
        plus, minus = p_out[0] + p_out[3], p_out[0] - p_out[3]
        np.testing.assert_allclose(np.array(x.out[:4]), [plus, minus, p_out[1], p_out[2]], rtol=1e-8)
        got = [dot(p_out, p_out), dot(k, k), -dot(q, q), dot(p + q, p + q), dot(p - k, p - k), dot(p - p_out, p - p_out)]
        wanted = [m2, e.mass**2, x.t, m2 + x.d, m2 - e.u, -x.virtuality]
        np.testing.assert_allclose(got, np.array(wanted), rtol=1e-8, atol=1e-12)
        charge = (2 * p + q)[0] / x.d - (2 * p_out - q)[0] / e.u
        assert float(x.charge) == pytest.approx(float(charge), rel=1e-6)


@pytest.mark.parametrize("name", NO_GRAVITON)
def test_squares_equal_the_diagrams(name):
    rest = np.array([1.0, 0.0, 0.0, 0.0])
    for x, momenta in EVENTS:
        assert float(squared[name](x)) == pytest.approx(feynman.squared(name, *momenta, MUON_MASS, rest), rel=1e-7)


@pytest.mark.parametrize("name", NO_GRAVITON)
def test_photon_couples_to_a_conserved_current(name):
    for x, (p, q, p_out, k) in EVENTS:
        size = abs(feynman.squared(name, p, q, p_out, k, MUON_MASS, np.array([np.linalg.norm(q), 0, 0, 0])))
        assert abs(feynman.squared(name, p, q, p_out, k, MUON_MASS, q)) < 1e-8 * size
        shifted = feynman.squared(name, p, q, p_out, k, MUON_MASS, np.array([1.0, 0, 0, 0]) + 3 * q)
        assert float(squared[name](x)) == pytest.approx(shifted, rel=1e-6)


def test_vector_is_radiated_by_a_conserved_current():
    for _, (p, q, p_out, k) in EVENTS:
        momenta = p, q, p_out, k, MUON_MASS, np.array([1.0, 0, 0, 0])
        along = feynman.radiated(feynman.slash(k), *momenta)
        one = feynman.radiated(k[0] * feynman.GAMMA[0], *momenta)
        assert abs(feynman.trace(along, along, p, p_out, MUON_MASS)) < 1e-14 * feynman.trace(one, one, p, p_out, MUON_MASS)


def test_graviton_equals_the_conserved_tensor_with_the_nucleus():
    for x, (p, q, p_out, k) in EVENTS:
        n, r = np.array([2 * NUCLEUS, 0, 0, 0]) - q, p - p_out
        lepton = feynman.stress_of_lepton(p, q, p_out, k, MUON_MASS, n) / feynman.dot(q, q)
        whole = lepton + feynman.stress_of_nucleus(p, q, p_out, k, NUCLEUS) / feynman.dot(r, r)
        divergence = np.einsum("a,abuv->buv", feynman.METRIC @ k, whole)
        one = k[0] * whole[0, 0]
        size = feynman.trace(one, one, p, p_out, MUON_MASS)
        assert all(abs(feynman.trace(d, d, p, p_out, MUON_MASS)) < 1e-12 * size for d in divergence)
        wanted = feynman.graviton_squared(whole, p, p_out, MUON_MASS) * float(x.t) ** 2 / (2 * NUCLEUS) ** 2
        assert float(squared["graviton"](x)) == pytest.approx(wanted, rel=1e-3)


def equivalent_photons(name, x, y, m):
    """A / (e^2 g^2) of l gamma -> l X for muons, with that of the graviton fitted to exact traces elsewhere."""
    if name not in ("axial", "graviton"):
        model = {"photon-fusion": "alp-photon", "derivative": "alp-muon"}.get(name, name)
        return oracles.amplitude(model, m, x, np.sqrt(y) / 160, 160.0)
    m2, big = MUON_MASS**2, m**2
    tau = y + m2
    u, t = x * tau + big * (1 - x) / x, -(x**2) * tau / (1 - x)
    if name == "axial":
        mixed = 2 * (2 - 2 * x + x**2) + 4 * m2 * x**2 / big
        return mixed / (1 - x) - 4 * (big - 4 * m2) * x**2 * y / u**2
    w = -(u**2) / (1 - x)
    n2 = -(t * (2 * big**2 - big * t + 2 * t**2) + 4 * m2 * (big**2 + 2 * big * t + 3 * t**2)) / 2
    inner = 2 * m2 * (12 * big**3 - 19 * big**2 * t + 6 * big * t**2 + 5 * t**3)
    n1 = t / 12 * (-3 * big * t * (big**2 + t**2) + inner + 16 * m2**2 * (3 * big**2 - 6 * big * t + 7 * t**2))
    n0 = m2 * t**2 * (big - t) ** 2 * (big - 4 * m2) * (3 * big + 8 * m2) / 6
    return (2 * t * w + n2 + n1 / w + n0 / w**2) / t**2


@functools.partial(jax.jit, static_argnums=0)
def soft(name, x, mass, energy, y):
    """The average over azimuths at t = 30 t_min as the angular integral has it, t_min and U, of a muon."""
    e = ExactRadiation(Radiation(x, 1 - x, mass, MUON_MASS), energy, NUCLEUS, y)
    least, largest, _ = e.t_range()
    average = azimuthal_average(VERTICES[name], e, 30 * least, least, largest, 12)
    return average / (8 * e.beam_momentum * e.v), least, e.u


@pytest.mark.parametrize("name", VERTICES)
def test_soft_photons_are_those_of_weizsaecker_and_williams(name):
    for x, y, mass in [(0.6, 1e-2, 0.3), (0.8, 0.5, 0.1), (0.5, 2.0, 1.0)]:
        got, least, u = map(float, soft(name, *map(jnp.float64, (x, mass, 3000.0, y))))
        wanted = (1 - x) * equivalent_photons(name, x, y, mass) / u**2 * 29 * least
        assert got == pytest.approx(wanted, rel=2e-4)


@pytest.mark.parametrize("name", VERTICES)
def test_precisions_agree_and_the_spectrum_is_positive_where_open(name):
    x, mass = np.meshgrid([0.02, 0.3, 0.7, 0.99, 0.9999], [1e-3, 0.05, 1.0, 5.0])
    energy, lepton_mass, material, _ = SETUPS["NA64e"]

    def spectrum(dtype):
        m, share = (jnp.asarray(a.ravel(), dtype) for a in (mass, x))
        return jitted(name, m, share, 1 - share, energy, lepton_mass, material)

    single, double = spectrum("float32"), spectrum("float64")
    assert single.dtype == jnp.float32
    single, double = (np.asarray(a).reshape(x.shape) for a in (single, double))
    np.testing.assert_array_equal(double > 0, x * energy > mass)
    np.testing.assert_array_equal(single > 0, double > 0)
    tolerance = 2e-2 if VERTICES[name].photon_pole else 1e-3  # 1 - x is rounded
    np.testing.assert_allclose(single[:, 1:], double[:, 1:], rtol=tolerance)


# An independent calculation by helicity amplitudes with all nodes doubled, good to 1e-5; in GeV^-2, or 1 for the photon.
MUONS = [
    ("photon-fusion", 0.01, 0.14495394),
    ("photon-fusion", 1.0, 0.06679520),
    ("scalar", 0.1, 6.4126419),
    ("vector", 0.01, 27.652177),
    ("vector", 0.3, 4.2121661),
    ("pseudoscalar", 0.3, 0.057787364 / (4 * MUON_MASS**2)),
]
# Another one, said to be good to 5e-4.
OTHERS = [("NA64e", "vector", 0.03, 3266.4869), ("M3", "vector", 0.01, 16.924775), ("M3", "scalar", 0.1, 2.4184016)]


@pytest.mark.parametrize(("name", "mass", "wanted"), MUONS)
def test_muons_equal_the_reference(name, mass, wanted):
    assert value("NA64mu", name, mass) == pytest.approx(wanted, rel=2e-5)


@pytest.mark.parametrize(("setup", "name", "mass", "wanted"), OTHERS)
def test_others_equal_the_reference(setup, name, mass, wanted):
    assert value(setup, name, mass) == pytest.approx(wanted, rel=6e-4)


@pytest.mark.slow
@pytest.mark.parametrize("setup", ["NA64e", "M3"])
@pytest.mark.parametrize("name", VERTICES)
def test_nodes_have_converged(name, setup):
    for mass in (3e-3, 0.03, 0.6):
        few, many = value(setup, name, mass), value(setup, name, mass, n_x=28, n=Nodes(28, 48, 8))
        assert few == pytest.approx(many, rel=5e-4)


@pytest.mark.parametrize("theory", [ScalarMediator, PseudoscalarMediator, DarkPhoton, AxialVector, Spin2])
@pytest.mark.parametrize(("setup", "experiment"), [("NA64e", "na64e-2022"), ("M3", "m3-1e13")])
def test_tabulated_ratios_are_those_of_the_cross_sections(setup, experiment, theory):
    """Of an experiment's corrected approximation, at a coupling of one: eps = 1 is e."""
    production = with_method(EXPERIMENTS[experiment], "ww-corrected").productions[0]
    corrected = jax.jit(lambda mass: production.sigma(theory(mass, E_SQUARED**-0.5 if theory is DarkPhoton else 1.0)))
    for mass in (1.3e-3, 0.0487, 0.73):
        exact = value(setup, theory.element.name, mass)
        assert float(corrected(jnp.float64(mass))) / INVERSE_GEV2 == pytest.approx(exact, rel=1e-3)


@pytest.mark.parametrize(("name", "setup"), [("vector", "NA64e"), ("photon-fusion", "NA64e"), ("graviton", "M3")])
def test_gradients_equal_finite_differences(name, setup):
    start = 0.05, SETUPS[setup][0]
    for k, direction in enumerate(np.eye(2)):
        middle, slope = value_and_slope(name, setup, *start, *direction)
        log = lambda point, k=k: np.log(next(value_and_slope(name, setup, *start[:k], point, *start[k + 1 :], 1.0, 0.0)))
        assert slope * start[k] / middle == pytest.approx(oracles.log_derivative(log, start[k]), rel=1e-5)


@pytest.mark.parametrize("name", ["scalar", "photon-fusion"])
def test_closed_is_zero_and_its_gradient_is_finite(name):
    """Backwards, where an infinite slope that is left out would show."""
    function = jax.jit(jax.value_and_grad(lambda mass: sigma(dsigma_dx, name, mass, *SETUPS["M3"], n_x=4, n=Nodes(4, 4, 4))))
    for mass in (14.95, 15.0, 20.0):
        result, slope = function(jnp.float64(mass))
        assert (float(result), float(slope)) == (0, 0)
    for mass in (1.0, 6.0, 10.0, 14.0):
        result, slope = function(jnp.float64(mass))
        assert result >= 0
        assert np.isfinite(slope)


def test_slopes_are_finite_for_particles_far_heavier_than_the_lepton():
    """As the slow electrons of a shower are, whose kinematics do not exist."""
    (way,) = AlpPhoton(0.1, 1.0).emissions("electron")
    at = lambda m, e: differential(way, ELECTRON_MASS, m, jnp.array([0.3]), jnp.array([0.7]), e, ALUMINIUM, "exact", 4e-3, 4)[0]
    both = jax.jit(jax.value_and_grad(at))
    assert both(jnp.float64(0.1), jnp.float64(2.0))[0] > 0
    for mass, energy in ((10.0, 2.0), (10.0, 9.0), (100.0, 2.0), (100.0, 20.0)):
        assert tuple(map(float, both(jnp.float64(mass), jnp.float64(energy)))) == (0.0, 0.0)


def test_azimuths_integrate_a_double_pole():
    phi = (np.arange(4000) + 0.5) * np.pi / 4000
    rules = [(jax.jit(nodes, static_argnums=0), n) for nodes, n in ((double_pole, 4), (logarithmic, 24))]
    for near, far in [(1.0, 1.1), (1.0, 30.0), (1.0, 1e4)]:
        pole = lambda c, near=near, far=far: (far + near) / 2 - (far - near) / 2 * c
        wanted = np.mean((c := np.cos(phi)) ** 3 / pole(c) ** 2 + c / pole(c) ** 2)
        for nodes, n in rules:
            cosine, sine, weight = nodes(n, jnp.float64(near), jnp.float64(far))
            np.testing.assert_allclose(cosine**2 + sine**2, 1)
            assert float(jnp.sum(weight * (cosine**3 + cosine) / pole(cosine) ** 2)) == pytest.approx(wanted, rel=1e-6)
