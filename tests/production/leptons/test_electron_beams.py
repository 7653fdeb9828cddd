"""Cross-sections and showers of electron beams against an independent calculation."""

import dataclasses
import functools
from functools import partial

import feynman
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate
import scipy.special
from conftest import with_slopes
from differences import log_slopes
from slopes import values_and_slopes

from jaxdump.constants import ELECTRON_MASS, FINE_STRUCTURE, INVERSE_GEV2
from jaxdump.detection.calorimeter import DecayVolume
from jaxdump.detection.decay import VisibleDecay
from jaxdump.experiments import E137, EXPERIMENTS, NA64E_2022
from jaxdump.matter.materials import ALUMINIUM
from jaxdump.production.leptons import exact_over_ww
from jaxdump.production.leptons.primakoff import angular_nodes, primakoff_cross_section
from jaxdump.production.leptons.vertices import VERTICES
from jaxdump.settings import with_method, with_numbers
from jaxdump.sources.beam import Beam
from jaxdump.theories import (
    THEORIES,
    AlpPhoton,
    AxialVector,
    DarkPhoton,
    LmuLtau,
    PseudoscalarMediator,
    ScalarMediator,
    Spin2,
    amplitudes,
)
from jaxdump.theories.amplitudes import Bremsstrahlung
from jaxdump.theories.base import coupling, parameter
from jaxdump.theories.capabilities import CouplesToPhotons, Emission, RadiatedByLeptons
from jaxdump.typing import Scalar

KINDS = {"S": ScalarMediator, "P": PseudoscalarMediator, "V": DarkPhoton, "A": AxialVector, "G": Spin2}
SETUPS = {"NA64e": "na64e-2022", "LDMX": "ldmx-1e15", "NA64mu": "na64mu-2022", "M3": "m3-1e13", "E137": "e137"}
E_SQUARED = 4 * np.pi * FINE_STRUCTURE


def unit(kind, mass):
    """The theory with coupling 1 to the beam; a dark photon of eps = 1 couples with e."""
    return KINDS[kind](jnp.float64(mass), jnp.float64(E_SQUARED**-0.5 if kind == "V" else 1.0))


@functools.cache
def production(setup, method="ww"):
    """The bremsstrahlung of an experiment."""
    return with_method(EXPERIMENTS[SETUPS[setup]], method).productions[0]


def alike(production):
    """The same without its name, in a thick target without a name: set-ups that differ in numbers alone share a program."""
    source = production.source
    material = dataclasses.replace(source.material, name="")
    target = dataclasses.replace(source.target, material=material, target="thick")
    return dataclasses.replace(production, name="", ratios="", source=dataclasses.replace(source, target=target))


sigma = jax.jit(lambda production, theory: production.sigma(theory))
spectrum = jax.jit(lambda production, theory, x: production.spectrum(theory, x))
both = jax.jit(lambda production, theory, x: (production.sigma(theory), production.spectrum(theory, x)))
log_total = jax.jit(lambda production, theory: production(theory).log_total())
fuse = jax.jit(lambda *arguments: (primakoff_cross_section(*arguments), *angular_nodes(12, *arguments)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("setup", SETUPS)
def test_cross_sections_equal_the_reference(lepton_reference, setup, kind):
    of_setup = alike(production(setup))
    rows = [row for row in lepton_reference["sigma"] if (row["exp"], row["kind"]) == (setup, kind)]
    for row in rows:
        got, _ = both(of_setup, unit(kind, row["M"]), jnp.float64(0.5))
        assert float(got) == pytest.approx(row["sigma_WW"] * INVERSE_GEV2, rel=3e-6), row
    for row in lepton_reference["dsdx"]:
        if (row["exp"], row["kind"]) == (setup, kind):
            _, got = both(of_setup, unit(kind, row["M"]), jnp.float64(row["x"]))
            assert float(got) == pytest.approx(row["dsdx_WW"] * INVERSE_GEV2, rel=1e-6), row


@pytest.mark.parametrize(("kind", "mass"), [("S", 0.01), ("S", 0.1), ("V", 0.03), ("V", 0.1)])
def test_exact_cross_sections_equal_the_reference(lepton_reference, kind, mass):
    """Of a hundredth of a GeV and more its grid is too coarse where the electron keeps little energy; `brute_force` is not."""
    wanted = [
        row["sigma_etl"] for row in lepton_reference["etl"] if (row["exp"], row["kind"], row["M"]) == ("NA64e", kind, mass)
    ]
    got = float(sigma(alike(production("NA64e", "exact")), unit(kind, mass)))
    assert got == pytest.approx(wanted[-1] * INVERSE_GEV2, rel=1e-3)


@pytest.mark.parametrize(("mass", "x"), [(1.0, 0.7), (1.0, 0.997), (1.0, 0.9997), (0.3, 0.9)])
def test_exact_spectra_equal_traces_with_the_current_of_the_nucleus(mass, x):
    """100 GeV electrons on lead, without any of the algebra that removes what cancels: its error is 1e-5 here."""
    got = float(spectrum(production("NA64e", "exact"), unit("V", mass), jnp.float64(x)))
    assert got == pytest.approx(feynman.vector_spectrum(mass, x, 100.0) * INVERSE_GEV2, rel=3e-5)


def test_protons_add_to_the_exact_cross_section_as_to_the_approximate_one():
    gain = {}
    for method in ("ww", "exact"):
        own = with_method(NA64E_2022, method)
        whole, _ = with_numbers(own, DarkPhoton, {"form_factor": "elastic+inelastic"})
        with_protons, without = (alike(e.productions[0]) for e in (whole, own))
        gain[method] = float(sigma(with_protons, unit("V", 0.01)) / sigma(without, unit("V", 0.01)))
    assert gain["ww"] == pytest.approx(1.013, abs=5e-3)
    assert gain["exact"] == pytest.approx(gain["ww"], abs=6e-3)


def test_ratios_that_are_not_there_are_told(tmp_path, monkeypatch):
    theory = unit("V", 0.1)
    with pytest.raises(
        ValueError, match="no ratios to exact cross-sections of 'this set-up': take the method ww, iww or exact"
    ):
        sigma(dataclasses.replace(production("NA64e", "ww-corrected"), ratios=""), theory)
    monkeypatch.setattr(exact_over_ww, "TABLE", tmp_path / "none.json")
    exact_over_ww.table.cache_clear()
    with pytest.raises(RuntimeError, match=r"none.json is missing or broken: make it anew with scripts/make_ratios.py"):
        exact_over_ww.table()
    exact_over_ww.table.cache_clear()


@functools.cache
def na64e(**changes):
    """Without its efficiency and its correction, with the molar mass of the reference."""
    experiment, _ = with_numbers(NA64E_2022, DarkPhoton, {"efficiency": 1.0, "molar_mass": 207.0, **changes})
    return with_method(experiment, "ww")


@pytest.mark.parametrize("target", ["thin", "thick"])
def test_yields_of_a_target_equal_the_reference(lepton_reference, target):
    bremsstrahlung = na64e(target=target).productions[0]
    for row in lepton_reference["thick"]:
        got = 9.37e11 * float(jnp.exp(log_total(bremsstrahlung, DarkPhoton(jnp.float64(row["M"]), jnp.float64(1.0)))))
        assert got == pytest.approx(row[f"N_{target}_eps1"], rel=1e-4), row


def test_a_thin_target_has_no_shower():
    thin, _ = with_numbers(E137, AlpPhoton, {"target": "thin"})
    theory = AlpPhoton(jnp.float64(0.1), jnp.float64(1.0))
    assert not thin.productions[1].makes(theory)
    assert float(log_total(E137.productions[1], theory)) > -40
    with pytest.raises(ValueError, match="muons make no shower: take target=thin"):
        with_numbers(EXPERIMENTS["m3-1e13"], LmuLtau, {"target": "thick"})[0].log_signal(LmuLtau(0.1, 1.0))


def test_energy_is_lost_in_a_target_that_is_not_thin():
    """0.4 X0 of LDMX: the beam's electrons lose y = ln(E0/E) as a gamma distribution of 4 t / 3 at a depth t [X0]."""
    thin, thick = (
        with_method(with_numbers(EXPERIMENTS["ldmx-1e15"], DarkPhoton, {"target": target})[0], "ww").productions[0]
        for target in ("thin", "thick")
    )
    assert EXPERIMENTS["ldmx-1e15"].productions[0].source.target.target == "thick"
    theory = unit("V", 0.03)
    y = np.log(1 / 0.7) * np.linspace(0, 1, 40) ** 2
    slowed = lambda loss: dataclasses.replace(alike(thin).source, beam=Beam("electron", 16 * np.exp(-loss)))
    slower = lambda loss: dataclasses.replace(alike(thin), source=slowed(loss), x_min=min(0.7 * np.exp(loss), 1 - 1e-6))
    yields = np.array([float(sigma(slower(loss), theory)) for loss in y])
    t, dt = np.polynomial.legendre.leggauss(20)
    lost = scipy.special.gammainc(4 / 3 * 0.2 * (1 + t)[:, None], y)
    per_depth = (lost[:, 1:] + lost[:, :-1]) / 2 @ (yields[:-1] - yields[1:])
    wanted = np.sum(per_depth * dt) / 2 / yields[0]
    got = np.exp(float(log_total(thick, theory) - log_total(thin, theory)))
    assert 0.73 < wanted < 0.77
    assert got == pytest.approx(wanted, rel=0.02)


@pytest.mark.parametrize(("mass", "energy"), [(1e-3, 2.0), (0.1, 5.0), (0.5, 20.0), (3.0, 20.0)])
def test_photon_fusion_equals_quadrature(mass, energy):
    t_min = (mass**2 / (2 * energy)) ** 2
    factor = lambda t: (13 * t / (t + (ELECTRON_MASS * 13 ** (1 / 3) / 111) ** 2) / (1 + t / (0.164 * 27 ** (-2 / 3)))) ** 2
    integrand = lambda v: (1 - t_min * np.exp(-v)) * factor(np.exp(v))
    flux, _ = scipy.integrate.quad(integrand, np.log(t_min), np.log(4 * energy**2), epsrel=1e-11, limit=400)
    wanted = FINE_STRUCTURE / 8 * flux * INVERSE_GEV2
    arguments = jnp.float64(mass), jnp.float64(energy), ALUMINIUM
    got, angles, parts = fuse(*arguments)
    assert float(got) == pytest.approx(wanted, rel=1e-9)
    assert float(jnp.sum(parts)) == pytest.approx(wanted, rel=1e-9)
    mean, _ = scipy.integrate.quad(
        lambda v: (np.exp(v) - t_min) * integrand(v), np.log(t_min), np.log(4 * energy**2), limit=400
    )
    transfer = np.sum(np.asarray(parts) * (np.asarray(angles) * energy) ** 2) / wanted
    assert transfer == pytest.approx(mean / flux, rel=0.02)


def test_visible_decays_behind_a_shield_equal_the_reference(lepton_reference):
    thin, _ = with_numbers(E137, DarkPhoton, {"target": "thin", "molar_mass": 27.0, "theta_max": 0.1})
    bremsstrahlung = with_method(thin, "ww").productions[0]
    stage = VisibleDecay(DecayVolume(179.0, 204.0))
    seen = jax.jit(lambda theory: stage(theory, bremsstrahlung(theory)).log_total())
    for row in lepton_reference["vis_E137"]:
        eps = row["g"] * (E_SQUARED**-0.5 if row["kind"] == "V" else 1.0)
        theory = KINDS[row["kind"]](jnp.float64(row["M"]), jnp.float64(eps), alpha_D=jnp.float64(0.0))
        assert 1.87e20 * float(jnp.exp(seen(theory))) == pytest.approx(row["N_thin"], rel=1e-5), row


PRECISIONS = [
    ("na64e-2022", "dark-photon"),
    ("na64e-2022", "spin2"),
    ("e137", "scalar"),
    ("e137", "axial-vector"),
    ("e137", "spin2"),
]
CORNERS = [
    ("na64e-2022", "dark-photon"),
    ("na64e-2022", "lmu-ltau-dark"),
    ("e137", "alp-photon"),
    ("ldmx-1e15", "spin2"),
    ("m3-1e13", "scalar"),
]


@functools.cache
def over_plane(name, theory):
    """log of the signal over masses and couplings, one production integral per mass, and its slopes where they are tested."""
    numbers = {"alpha_D": 0.0} if (name, theory) in PRECISIONS and name == "e137" else {}
    experiment, make = with_numbers(EXPERIMENTS[name], THEORIES[theory], numbers)
    value = lambda m, g: experiment.log_signal(make(m, g))
    one = with_slopes(value) if (name, theory) in CORNERS else lambda m, g: (value(m, g), ())
    return jax.jit(lambda masses, couplings: jax.lax.map(lambda mass: jax.vmap(partial(one, mass))(couplings), masses))


@pytest.mark.parametrize(("name", "theory"), PRECISIONS)
def test_precisions_agree(name, theory):
    """Above a MeV, where the events are counted at all."""
    masses, couplings = np.geomspace(1e-3, 3, 7), np.geomspace(1e-9, 1e-2, 8)
    signals = (over_plane(name, theory)(jnp.asarray(masses, d), jnp.asarray(couplings, d))[0] for d in ("float64", "float32"))
    exact, single = (np.asarray(signal, float) for signal in signals)
    seen = exact > -10
    assert seen.any()
    assert np.abs(single - exact)[seen].max() < 1e-4


@pytest.mark.parametrize(("name", "theory"), CORNERS)
def test_values_and_gradients_are_finite_everywhere(name, theory, dtype):
    masses, couplings = np.geomspace(1e-5, 300, 12), np.geomspace(1e-12, 1e3, 8)
    values, slopes = over_plane(name, theory)(jnp.asarray(masses, dtype), jnp.asarray(couplings, dtype))
    assert values.dtype == dtype
    assert np.all(np.isfinite(values))
    assert all(np.all(np.isfinite(slope)) for slope in slopes)


@pytest.mark.parametrize(("which", "theory"), [(1, DarkPhoton), (2, AlpPhoton)])
def test_slopes_backwards_are_finite_far_from_what_a_shower_makes(which, theory, dtype):
    """Mediators far below the resonance, axions far above the energies of photons."""
    total = lambda mass: NA64E_2022.productions[which](theory(mass, jnp.full_like(mass, 1e-4))).log_total()
    values, slopes = values_and_slopes(total, [1e-15, 1e-9, 1e-3, 0.3, 5.0, 200.0, 1e4], dtype=dtype, backwards=True)
    assert np.all(np.isfinite(values))
    assert np.all(np.isfinite(slopes))
    assert values[2] > -60


SET_UP = {"beam_energy": 100.0, "x_min": 0.5, "length": 0.22, "density": 11.35}
CASES = [("beam_energy", 0.05), ("x_min", 0.05), ("length", 0.24), ("density", 0.24)]


@functools.cache
def set_up_slopes():
    """By autodiff and by differences, of all `CASES`."""

    def log_signal(numbers):
        experiment, make = with_numbers(NA64E_2022, DarkPhoton, dict(zip(SET_UP, numbers[1:], strict=True)))
        return experiment.log_signal(make(numbers[0], jnp.float64(1e-4)))[0]

    points = [[mass, *SET_UP.values()] for _, mass in CASES]
    directions = [[0, *(quantity == name for name in SET_UP)] for quantity, _ in CASES]
    return log_slopes(log_signal, points, directions, 1e-3)


@pytest.mark.parametrize(("quantity", "mass"), CASES)
def test_gradients_in_the_set_up_equal_finite_differences(quantity, mass):
    slope, difference = (slopes[CASES.index((quantity, mass))] for slopes in set_up_slopes())
    assert slope == pytest.approx(difference, rel=1e-5, abs=1e-9)


class Strange(RadiatedByLeptons):
    """A theory of a user's with an amplitude of its own, which is that of a dark photon."""

    name = "strange"
    references = ()
    mass: Scalar = parameter()
    g: Scalar = coupling()

    def emissions(self, lepton):
        own = Bremsstrahlung(lambda point: amplitudes.vector(point))
        return (Emission(self.g, own, vertex=VERTICES["vector"], ratios="vector"),)

    def widths(self, particle=""):
        return {}


@pytest.mark.parametrize("method", ["ww", "exact", "ww-corrected"])
def test_an_amplitude_of_a_user_has_every_method(method):
    production = with_method(NA64E_2022, method).productions[0]
    own, usual = (float(production.sigma(theory)) for theory in (Strange(0.1, E_SQUARED**0.5), DarkPhoton(0.1, 1.0)))
    assert own == pytest.approx(usual, rel=1e-12)


class Both(Strange, CouplesToPhotons):
    """The same with a coupling to photons, too."""

    name = "both"

    def photon_coupling(self):
        return 0.0 * self.g

    def widths(self, particle=""):
        return {("electron", "electron"): self.g**2 * self.mass / 100}


def test_what_the_lepton_radiates_counts_beside_photons_that_fuse():
    theories = Both(0.01, 1e-6), Both.__base__(0.01, 1e-6)
    assert [*E137.makers(theories[0])] == ["bremsstrahlung", "photon fusion"]
    assert [*E137.makers(AlpPhoton(0.01, 1e-6))] == ["photon fusion"]
    radiated = [float(E137.productions[0](theory).log_total()) for theory in theories]
    assert radiated[0] == radiated[1]


def test_a_beam_of_positrons_radiates_as_one_of_electrons_and_annihilates_more():
    electrons = NA64E_2022.productions
    beam = Beam("positron", 100.0)
    positrons = [dataclasses.replace(one, source=dataclasses.replace(one.source, beam=beam)) for one in electrons[:2]]
    theory = DarkPhoton(jnp.float64(0.25), jnp.float64(1e-4))
    radiated, annihilated = (
        [float(log_total(production, theory)) for production in pair] for pair in zip(electrons, positrons, strict=False)
    )
    assert radiated[1] == pytest.approx(radiated[0], abs=1e-10)
    assert annihilated[1] > annihilated[0] + 0.5
