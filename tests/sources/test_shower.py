import importlib.util
import math
import pathlib
from functools import cache, partial

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from differences import log_slopes
from scipy.integrate import quad
from scipy.special import gamma
from slopes import values_and_slopes

from jaxdump.experiments import E137
from jaxdump.flux import CLOSED
from jaxdump.sources import shower
from jaxdump.sources.shower import Cascade

SPECIES = ["lepton", "electron", "positron", "photon"]

# Independent inversion (Talbot's, 28 to 36 terms); thickness [X0], E/E0, species, E0 dT/dE [X0]
DENSITIES = [
    (math.inf, 0.99, "lepton", 3.882198702405809),
    (math.inf, 0.99, "positron", 2.7413694191888814e-4),
    (math.inf, 0.99, "photon", 0.22657228811564377),
    (math.inf, 0.90, "positron", 8.757847e-3),
    (math.inf, 0.75, "photon", 0.8384454),
    (math.inf, 0.50, "positron", 0.3088137),
    (math.inf, 0.20, "positron", 3.932515),
    (5.0, 0.99, "positron", 2.6704832142688097e-4),
    (40.0, 0.99, "positron", 2.741369419189586e-4),
    (0.4, 0.99, "lepton", 2.7442777180962375),
    (0.4, 0.99, "photon", 0.038631940583757734),
]
# Likewise; thickness [X0], species, track length [X0] above E0/2
CUMULATIVE = [
    (math.inf, "lepton", 0.9144062740736609),
    (math.inf, "positron", 0.040456431590748805),
    (math.inf, "photon", 0.47316709035249904),
    (0.1, "lepton", 0.09677270158771954),
    (0.1, "positron", 2.1809143975482585e-05),
]
THICKNESSES = [1e-3, 0.05, 0.4, 3.0, 40.0, math.inf]


@jax.jit
def all_logs(cascade: Cascade, fraction):
    """Both quantities, all species: [quantity, species, *fraction]."""
    return jnp.stack(
        [jnp.stack([f(fraction, species) for species in SPECIES]) for f in (cascade.log_track_length, cascade.log_cumulative)]
    )


def logs(thickness, fraction, beam="electron"):
    """`all_logs` in float64, the thickness traced; of up to four fractions, all by one program."""
    fraction = np.asarray(fraction, dtype="float64")
    values = np.asarray(all_logs(Cascade(jnp.float64(thickness), beam), jnp.asarray(np.resize(fraction, 4))))
    return values[..., : fraction.size].reshape(*values.shape[:2], *fraction.shape)


@cache
def jitted_nodes(n, species):
    return jax.jit(lambda thickness, fraction_min: Cascade(thickness).nodes(n, fraction_min, species))


@pytest.fixture(scope="module")
def script():
    path = pathlib.Path(__file__).parents[2] / "scripts" / "make_track_lengths.py"
    spec = importlib.util.spec_from_file_location("make_track_lengths", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("thickness", "fraction", "species", "wanted"), DENSITIES)
def test_reference_densities(thickness, fraction, species, wanted):
    value = np.exp(logs(thickness, fraction)[0, SPECIES.index(species)]) / fraction
    np.testing.assert_allclose(value, wanted, rtol=3e-7)


@pytest.mark.parametrize(("thickness", "species", "wanted"), CUMULATIVE)
def test_reference_track_lengths_above_half(thickness, species, wanted):
    np.testing.assert_allclose(np.exp(logs(thickness, 0.5)[1, SPECIES.index(species)]), wanted, rtol=3e-8)


def moments(s):
    """A, B and C from the cross-sections themselves, by quadrature."""
    a = mpmath.quad(lambda v: (1 - (1 - v) ** s) * (mpmath.mpf(4) / 3 * (1 / v - 1) + v), [0, 0.5, 1])
    b = 2 * mpmath.quad(lambda u: u**s * (1 - mpmath.mpf(4) / 3 * u * (1 - u)), [0, 1])
    c = mpmath.quad(lambda v: v**s * (mpmath.mpf(4) / 3 * (1 / v - 1) + v), [0, 1])
    return a, b, c


def test_mellin_functions_are_the_moments_of_the_cross_sections(script):
    for s in (1.0, 2.5, 40.0):
        np.testing.assert_allclose([float(m) for m in moments(s)], np.real(script.mellin(np.array(s))), rtol=1e-12)


@pytest.mark.parametrize("y", [1e-9, 1e-3, 0.3, 2.0, 7.0])
def test_thick_target_against_mpmath(y):
    def image(species, power, p):
        s = p + 1
        h = mpmath.digamma(s + 1) + mpmath.euler
        a = (h - s / (s + 1)) * 4 / 3 + mpmath.mpf(1) / 2 - 1 / ((s + 1) * (s + 2))
        b = 2 * (1 / (s + 1) - mpmath.mpf(4) / 3 / ((s + 2) * (s + 3)))
        c = mpmath.mpf(4) / 3 / (s * (s + 1)) + 1 / (s + 2)
        d = a - b * c * 9 / 7
        return {"lepton": 1 / d, "positron": b * c * 9 / 14 / (a * d), "photon": c * 9 / 7 / d}[species] / s**power

    with mpmath.workdps(30):
        values = logs(math.inf, mpmath.exp(-mpmath.mpf(y)))
        for species in ("lepton", "positron", "photon"):
            k = SPECIES.index(species)
            for quantity, power in ((0, 0), (1, 1)):
                wanted = mpmath.exp(y) * mpmath.invertlaplace(partial(image, species, power), y, degree=40)
                tolerance = 3e-8 if y > 1e-3 else 3e-7
                np.testing.assert_allclose(np.exp(values[quantity, k]), float(wanted), rtol=tolerance)


@pytest.mark.parametrize(("thickness", "y"), [(0.05, 1e-6), (0.05, 3.0), (1.0, 0.7), (12.0, 0.05), (12.0, 5.0)])
def test_finite_target_against_mpmath(thickness, y):
    """The matrix exponential of the transport of (e-, e+, gamma), inverted with 40 digits."""

    def images(s):
        h = mpmath.digamma(s + 1) + mpmath.euler
        a = (h - s / (s + 1)) * 4 / 3 + mpmath.mpf(1) / 2 - 1 / ((s + 1) * (s + 2))
        b = 2 * (1 / (s + 1) - mpmath.mpf(4) / 3 / ((s + 2) * (s + 3)))
        c = mpmath.mpf(4) / 3 / (s * (s + 1)) + 1 / (s + 2)
        m = [[-a, 0, b / 2, 1], [0, -a, b / 2, 0], [c, c, -mpmath.mpf(7) / 9, 0], [0, 0, 0, 0]]
        return (mpmath.expm(mpmath.matrix(m) * thickness) / s)[:3, 3]

    with mpmath.workdps(40):
        remembered = mpmath.memoize(lambda p: images(p + 1))
        electron, positron, photon = (
            float(mpmath.exp(y) * mpmath.invertlaplace(lambda p, i=i: remembered(p)[i], y, degree=32)) for i in range(3)
        )
    values = np.exp(logs(thickness, np.exp(-y))[1])
    np.testing.assert_allclose(values, [electron + positron, electron, positron, photon], rtol=1e-7)


def test_script_and_table_agree(script):
    both = jax.jit(lambda y, thickness: jnp.stack([shower.log_parts(q, (0, 1, 2), y, thickness) for q in (0, 1)]))
    for y, thickness in [(1e-12, 0.3), (2e-5, math.inf), (0.7, 0.06), (0.7, 50.0), (3.0, 1.0), (11.9, 20.0)]:
        np.testing.assert_allclose(np.exp(both(jnp.float64(y), thickness)).T, script.track_lengths(y, thickness), rtol=1e-7)


def test_small_coefficients_end_the_table():
    ends = np.abs(shower.table()["coefficients"])
    assert ends[:, :, -3:].max() < 3e-9
    assert ends[:, :, :, -3:].max() < 3e-8


@pytest.mark.parametrize("quantity", [0, 1])
def test_rossi_limit(quantity, script):
    """E dT/dE and its integral are residue E0/E where E << E0; Rossi gives 0.437 for leptons and 0.572 for photons."""

    def d(s):
        a, b, c = script.mellin(np.array(s))
        return a - 9 / 7 * b * c

    slope = (d(1 + 1e-5) - d(1 - 1e-5)) / 2e-5
    residue = np.array([1, 9 / 7 * script.mellin(np.array(1.0))[2]]) / slope
    np.testing.assert_allclose(residue, [0.437, 0.572], rtol=0.02)
    values = np.exp(logs(math.inf, 1e-5)[quantity]) * 1e-5
    np.testing.assert_allclose(values[[0, 3]], residue, rtol=3e-4)
    np.testing.assert_allclose(values[2], residue[0] / 2, rtol=3e-4)


def test_first_generation_in_a_thin_target():
    """Int_0^T dt y^(4t/3-1) / Gamma(4t/3), Tsai's straggling; approximate in y, so both are small."""
    y, thickness = 0.01, 0.1
    wanted = quad(lambda t: y ** (4 * t / 3) / gamma(4 * t / 3), 0, thickness)[0]
    np.testing.assert_allclose(np.exp(logs(thickness, np.exp(-y))[0, 1]) * y, wanted, rtol=0.02)


def test_thin_target_is_crossed_at_full_energy():
    for thickness in (1e-6, 1e-4):
        np.testing.assert_allclose(np.exp(logs(thickness, 0.5)[1, 0]), thickness, rtol=3 * thickness)
        first_order = 0.5 * thickness**2 * np.exp(-1.0)
        v = 1 - np.exp(-1.0)
        kernel = 4 / 3 * (1 / v - 1) + v
        np.testing.assert_allclose(np.exp(logs(thickness, np.exp(-1.0))[0, 1]), first_order * kernel, rtol=3 * thickness)


def test_photons_of_a_thin_target_are_bremsstrahlung():
    fraction, thickness = np.array([1e-3, 0.1, 0.9]), 1e-5
    wanted = thickness**2 / 2 * (4 / 3 * (1 - fraction) + fraction**2)
    np.testing.assert_allclose(np.exp(logs(thickness, fraction)[0, 3]), wanted, rtol=1e-4)


@pytest.mark.parametrize("thickness", [0.05, 2.0, math.inf])
@pytest.mark.parametrize("species", ["electron", "positron", "photon"])
def test_cumulative_is_the_integral_of_the_density(thickness, species):
    k = SPECIES.index(species)
    edges = np.array([1e-6, 1e-2, 0.7, 6.0])
    differences = np.diff(np.exp(logs(thickness, np.exp(-edges))[1, k]))
    density = lambda u: float(np.exp(logs(thickness, np.exp(-np.exp(u)))[0, k] + u))
    for low, high, wanted in zip(edges[:-1], edges[1:], differences, strict=True):
        value = quad(density, np.log(low), np.log(high), epsrel=1e-9, limit=30)[0]
        np.testing.assert_allclose(value, wanted, rtol=5e-7)


@pytest.mark.parametrize("thickness", [0.05, 0.5, 2.0])
def test_energy_is_conserved(thickness):
    """Int dE E (dT/dE of leptons and photons) = E0 T; what is below exp(-12) E0 is added with a constant E dT/dE."""
    total = 0.0
    for species in ("lepton", "photon"):
        fraction, weight = jitted_nodes(200, species)(thickness, math.exp(-12))
        below = np.exp(logs(thickness, math.exp(-12))[0, SPECIES.index(species)])
        total += np.sum(fraction * weight) + below * math.exp(-12)
    np.testing.assert_allclose(total, thickness, rtol=1e-5 * max(1, thickness))


def test_finite_target_grows_into_the_infinite_one():
    fraction = np.array([0.99, 0.5, 0.1, 1e-3])
    infinite = logs(math.inf, fraction)
    gaps = [np.abs(logs(thickness, fraction) - infinite).max() for thickness in (5.0, 20.0, 50.0, 200.0)]
    assert gaps[0] > gaps[1] > gaps[2]
    assert gaps[2] < 1e-5
    assert gaps[3] < 1e-7
    np.testing.assert_array_equal(infinite, np.asarray(all_logs(Cascade(), jnp.asarray(fraction))))


def test_species_add_up_and_beams_swap():
    fraction = np.array([0.999, 0.5, 1e-3])
    electron, positron = logs(2.0, fraction), logs(2.0, fraction, "positron")
    np.testing.assert_allclose(np.exp(electron[:, 0]), np.exp(electron[:, 1]) + np.exp(electron[:, 2]), rtol=1e-13)
    np.testing.assert_array_equal(electron[:, [0, 1, 2, 3]], positron[:, [0, 2, 1, 3]])


INTEGRANDS = [
    lambda x, low: x,
    lambda x, low: (x - low) ** 2,
    lambda x, low: (1 - low / x) / (0.3 + x),
    lambda x, low: np.log1p(1e3 * (1 - low / x)),  # closes as steeply as a cross-section
]


@pytest.mark.parametrize("thickness", THICKNESSES)
@pytest.mark.parametrize("species", ["lepton", "positron", "photon"])
def test_twenty_nodes_integrate_what_closes_at_the_lower_end(thickness, species):
    for fraction_min in (0.9, 0.5, 0.1):
        few, many = jitted_nodes(20, species)(thickness, fraction_min), jitted_nodes(200, species)(thickness, fraction_min)
        for h in INTEGRANDS:
            value, wanted = (np.sum(w * h(x, fraction_min)) for x, w in (few, many))
            np.testing.assert_allclose(value, wanted, rtol=5e-6)


@pytest.mark.parametrize("thickness", THICKNESSES)
@pytest.mark.parametrize("species", ["lepton", "photon"])
def test_nodes_against_integration_by_parts(thickness, species):
    """Int dE dT/dE E^3 = C(y) e^(-3y) + 3 Int dy C(y) e^(-3y), by scipy."""
    k = SPECIES.index(species)
    cumulative = lambda y: float(np.exp(logs(thickness, np.exp(-y))[1, k]))
    y = math.log(3)
    by_parts = quad(lambda u: cumulative(np.exp(u)) * np.exp(-3 * np.exp(u) + u), math.log(1e-11), math.log(y), epsrel=1e-9)[0]
    fraction, weight = jitted_nodes(20, species)(thickness, 1 / 3)
    np.testing.assert_allclose(np.sum(weight * fraction**3), cumulative(y) / 27 + 3 * by_parts, rtol=2e-7)


@pytest.mark.parametrize("n", [3, 8, 24, 64])
def test_weights_are_positive_and_sum_to_the_track_length(n):
    for thickness in (1e-6, *THICKNESSES):
        for fraction_min in (1 - 1e-6, 0.5, 1e-4):
            fraction, weight = jitted_nodes(n, "lepton")(thickness, fraction_min)
            assert np.all(weight > 0)
            assert fraction[0] == 1
            if n > 20:
                np.testing.assert_allclose(np.sum(weight), np.exp(logs(thickness, fraction_min)[1, 0]), rtol=1e-6)


def test_no_tracks_above_the_beam():
    np.testing.assert_array_equal(logs(1.0, 1.5), CLOSED)
    for species in ("lepton", "photon"):
        weights = lambda low, s=species: Cascade(1.0).nodes(8, low, s)[1]
        values, slopes = jax.jit(lambda low, f=weights: (f(low), jax.jacrev(f)(low)))(1.0)
        np.testing.assert_array_equal(values, 0)
        assert np.all(np.isfinite(slopes))


def test_gradients_against_differences():
    def mean(point):
        fraction, weight = Cascade(point[0]).nodes(12, point[1])
        return jnp.sum(weight * fraction**2)

    def log(point):
        cascade = Cascade(point[0])
        return cascade.log_track_length(point[1], "photon") + cascade.log_cumulative(point[1], "electron")

    points = np.repeat([(0.05, 0.5), (2.0, 0.9), (30.0, 0.02)], 2, axis=0)
    for function in (mean, log):
        slopes, differences = log_slopes(function, points, np.tile(np.eye(2), (3, 1)), 1e-3)
        np.testing.assert_allclose(slopes, differences, rtol=1e-6, atol=1e-10)


def test_slope_of_the_cumulative_in_y_is_the_density():
    slope = jax.jit(jax.vmap(jax.jacfwd(lambda y: jnp.exp(Cascade(3.0).log_cumulative(jnp.exp(-y), "photon")))))
    y = jnp.asarray([1e-4, 0.1, 1.0, 8.0])
    np.testing.assert_allclose(slope(y), np.exp(logs(3.0, np.exp(-y))[0, 3]), rtol=1e-6)


def test_float32_equals_float64():
    fraction = np.array([0.99, 0.7, 0.1, 1e-4], dtype="float32")
    for thickness in THICKNESSES:
        single = all_logs(Cascade(jnp.float32(thickness)), jnp.asarray(fraction))
        assert single.dtype == np.float32
        np.testing.assert_allclose(single, logs(thickness, fraction.astype("float64")), rtol=0, atol=3e-5)
        nodes = jitted_nodes(12, "lepton")(jnp.float32(thickness), jnp.float32(0.5))
        assert all(a.dtype == np.float32 for a in nodes)
        for a, b in zip(nodes, jitted_nodes(12, "lepton")(jnp.float64(thickness), jnp.float64(0.5)), strict=True):
            np.testing.assert_allclose(a, b, rtol=3e-5)


def test_jit_and_vmap_equal_eager():
    cascade, fraction = Cascade(jnp.float64(1.3)), jnp.asarray([[0.9, 0.5], [0.1, 1e-3]])
    eager = cascade.log_track_length(fraction)
    np.testing.assert_allclose(eager, jax.jit(lambda c, x: c.log_track_length(x))(cascade, fraction), rtol=1e-12)
    thickness = jnp.asarray([0.1, 1.3, jnp.inf])
    batch = jax.jit(jax.vmap(lambda t: Cascade(t).nodes(12, 0.4)))(thickness)
    for i, t in enumerate(thickness):
        for a, b in zip(batch, Cascade(t).nodes(12, 0.4), strict=True):
            np.testing.assert_allclose(a[i], b, rtol=1e-11)


def test_finite_everywhere(dtype):
    fraction = jnp.asarray([0, 1e-38, 1e-6, 0.5, 1 - 1e-7, 1, 1.1, 1e30], dtype=dtype)
    thickness = jnp.asarray([0, 1e-38, 1e-6, 1, 1e6, 1e38, jnp.inf], dtype=dtype)

    def values(t, x):
        cascade = Cascade(t)
        counts = jnp.sum(cascade.nodes(6, x)[1]) + jnp.sum(cascade.nodes(6, x, "positron")[1])
        return cascade.log_track_length(x, "photon") + cascade.log_cumulative(x, "electron") + counts

    grid = [axis.ravel() for axis in np.meshgrid(thickness, fraction)]
    for array in jax.tree.leaves(values_and_slopes(values, *grid, dtype=dtype, backwards=True)):
        assert np.all(np.isfinite(array))


def test_errors():
    with pytest.raises(ValueError, match="no cascade of 'muon'"):
        Cascade(beam="muon")
    for thickness in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match="thickness must be"):
            Cascade(thickness)
    with pytest.raises(ValueError, match="no species 'neutron'"):
        Cascade().log_cumulative(0.5, "neutron")


@pytest.mark.parametrize("content", [None, b"", b"not a table", "other"])
def test_missing_or_broken_table(content, tmp_path, monkeypatch):
    path = tmp_path / "track_lengths.npz"
    if content == "other":
        np.savez(path, other=np.ones(3))
    elif content is not None:
        path.write_bytes(content)
    monkeypatch.setattr(shower, "TABLE", path)
    with pytest.raises(RuntimeError, match="make_track_lengths"):
        shower.table.__wrapped__()


def mean_square_angles(fraction, terms=32):
    """Mean squares of the angle of positrons and photons at E/E0, times E^2 over the square of E_s, in an infinite target.

    The matrix of approximation A acts on e-, e+ and photons; scattering adds (E_s/E)^2 in each X0 to both leptons, so that the
    transform of the second moment at s is that of the number at s - 2. Inverted by a fixed Talbot contour right of s = 3.
    """
    y, k = -math.log(fraction), np.arange(terms)
    angle = k[1:] * np.pi / terms
    r = 2 * terms / (5 * y)
    contour = np.concatenate([[r], r * angle * (1 / np.tan(angle) + 1j)])
    slope = 1 + 1j * angle * (1 + 1 / np.tan(angle) ** 2) - 1j / np.tan(angle)
    weight = np.concatenate([[np.exp(r * y) / 2], np.exp(contour[1:] * y) * slope]) * r / terms
    solve = lambda s, source: np.linalg.solve(transport_matrix(s), source)
    number, moment = [], []
    for z in contour:
        number.append(solve(1 + z, np.array([1, 0, 0])))
        scattered = solve(1 + z, np.array([1, 0, 0])) * [1, 1, 0]  # of s - 2 at s = 3 + z
        moment.append(solve(3 + z, scattered))
    numbers, moments = (np.real(weight @ np.array(each)) for each in (number, moment))
    return moments[1:] / numbers[1:]  # exp(2 y) of the shift is (E0/E)^2


def transport_matrix(s):
    """Losses less gains of e-, e+ and photons. Reference: Rossi, High-Energy Particles (1952), Sec. 5."""
    harmonic = complex(mpmath.digamma(s + 1)) + np.euler_gamma
    a = 4 / 3 * (harmonic - s / (s + 1)) + 1 / 2 - 1 / ((s + 1) * (s + 2))
    b = 2 * (1 / (s + 1) - 4 / 3 * (1 / (s + 2) - 1 / (s + 3)))
    c = 4 / 3 * (1 / s - 1 / (s + 1)) + 1 / (s + 2)
    return np.array([[a, 0, -b / 2], [0, a, -b / 2], [-c, -c, 7 / 9]])


def test_angles_of_a_shower_that_e137_takes():
    """Photons of 0.02 to 0.1 E0, as Roberg and Nordheim; positrons from 0.02 to 0.9 E0."""
    found = {fraction: np.sqrt(mean_square_angles(fraction)) for fraction in (0.02, 0.1, 0.3, 0.75, 0.9)}
    for fraction, (positrons, photons) in found.items():
        assert positrons == pytest.approx(0.75, rel=0.13 if fraction > 0.8 else 0.05)
        assert photons == pytest.approx(0.42, rel=0.3 if fraction > 0.2 else 0.02)
    spreads = [channel.stages[-1].spread for channel in E137.regions[0].channels[1:]]
    np.testing.assert_allclose(spreads, [0.42 * 0.0212, 0.75 * 0.0212])
