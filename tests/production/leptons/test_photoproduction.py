"""Photoproduced vector mesons that decay to dark particles alone, against an independent calculation."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import stored
from scipy.integrate import quad

import jaxdump
from jaxdump.constants import PROTON_MASS
from jaxdump.experiments import E137, LDMX_1E15, LDMX_2E16_8GEV, NA64E_5E12, NA64E_2022
from jaxdump.matter.materials import LEAD, TUNGSTEN
from jaxdump.matter.mesons import MESONS
from jaxdump.production.leptons.photoproduction import FITS, PHOTOPRODUCED, MesonPhotoproduction, photoproduction_cross_section
from jaxdump.settings import with_method, with_numbers
from jaxdump.sources.beam import Beam, Target, Tracks
from jaxdump.sources.radiated_photons import RadiatedPhotons
from jaxdump.testing import check_production
from jaxdump.testing.plan import WHOLE
from jaxdump.theories import AlpPhoton, AxialVector, DarkPhoton, Millicharge, coupling, parameter
from jaxdump.theories.capabilities import MesonsDecayInvisibly
from jaxdump.units import NUCLEI_PER_PB

REFERENCE = stored("millicharge")
OF_NA64E = NA64E_5E12.productions[3]
LEAD_207 = dataclasses.replace(LEAD, molar_mass=207.0)
TUNGSTEN_184 = dataclasses.replace(TUNGSTEN, molar_mass=184.0)
"""As many nucleons as grams in a mole, as the reference has it."""


def ldmx(energy):
    """A target of 0.1 radiation lengths to first order."""
    target = Target(TUNGSTEN_184, 0.1 * TUNGSTEN.radiation_length)
    return MesonPhotoproduction("mesons", RadiatedPhotons(Beam("electron", energy), target, TUNGSTEN_184), 0.7, n=12)


@functools.partial(jax.jit, static_argnums=1)
def made(production, dtype=float):
    return jnp.sum(jnp.exp(production.produced(PHOTOPRODUCED, jnp.dtype(dtype))[1]), axis=1)


def test_yields_equal_the_reference():
    """To 6e-5 by the usual nodes, and better by more."""
    shower = Tracks(Beam("electron", 100.0), Target(LEAD_207, 1000 * LEAD.radiation_length, "thick"), "photon")
    usual = MesonPhotoproduction("mesons", shower, 0.5)
    wanted = [*REFERENCE["yields"]["NA64e"].values()]
    np.testing.assert_allclose(made(usual), wanted, rtol=8e-5)
    np.testing.assert_allclose(made(dataclasses.replace(usual, n=48)), wanted, rtol=6e-6)
    for energy, name in ((8.0, "LDMX8"), (16.0, "LDMX16")):
        np.testing.assert_allclose(made(ldmx(energy)), [*REFERENCE["yields"][name].values()], rtol=1e-8)


def test_a_yield_equals_scipy():
    """The rho of electrons of 8 GeV on a thin target, in plain numbers."""

    def rate(k):
        w, v = np.sqrt(PROTON_MASS**2 + 2 * PROTON_MASS * k), k / 8
        return 0.1 * (4 / 3 * (1 / v - 1) + v) / 8 * (5.0 * w**0.22 + 26.0 * w**-1.23)

    nucleons = 9 / 7 * TUNGSTEN.radiation_length * TUNGSTEN.density * NUCLEI_PER_PB * 1e6
    wanted = quad(rate, 5.6, 8.0, epsrel=1e-12)[0] * nucleons
    assert float(made(ldmx(8.0))[0]) == pytest.approx(wanted, rel=1e-9)


def test_cross_sections_open_at_threshold(dtype):
    """That of the J/psi is zero, with a finite slope, for photons of less than 8.2 GeV."""
    row, mass = jnp.asarray(np.asarray(FITS)[3], dtype), dtype.type(MESONS["jpsi"].mass)
    least = ((mass + PROTON_MASS) ** 2 - PROTON_MASS**2) / (2 * PROTON_MASS)
    energies = jnp.asarray(least * np.array([0.5, 1.0, 1.001, 2.0, 20.0]), dtype)
    values, slopes = jax.vmap(jax.value_and_grad(lambda k: photoproduction_cross_section(row, mass, k)))(energies)
    assert values.dtype == dtype
    assert np.all(np.isfinite(slopes))
    np.testing.assert_array_equal(np.asarray(values[:2]) < 1e-3, True)
    assert np.all(np.diff(values[1:]) > 0)


MASSES = (*(0.999 * MESONS[name].mass / 2 for name in ("rho", "phi", "jpsi")), 0.01, 0.6)
PLAN = WHOLE._replace(masses=tuple(np.geomspace(1e-3, 10, 6)), couplings=(1e-3, 1.0, 1e2), more=tuple((m, 1.0) for m in MASSES))


@pytest.mark.parametrize("theory", [Millicharge, DarkPhoton])
def test_the_production_is_right_for_every_theory(theory):
    """Finite, in both precisions, slopes as differences; see `jaxdump.testing`."""
    check_production(OF_NA64E, theory, PLAN._replace(closed=()) if theory is DarkPhoton else PLAN)


def test_mesons_over_radiation_at_na64e():
    """Mesons dominate above 0.2 GeV."""
    radiation = NA64E_5E12.productions[0]
    over = lambda mass: (OF_NA64E(Millicharge(mass, 1.0)).log_total() - radiation(Millicharge(mass, 1.0)).log_total(),)
    found = np.exp(jax.jit(lambda masses: jax.lax.map(over, masses))(jnp.array([0.1, 0.2, 0.3, 0.5, 1.0]))[0])
    np.testing.assert_allclose(found, [0.23, 1.7, 6.2, 29, 1070], rtol=0.01)


def test_limits_from_mesons_alone_equal_the_reference():
    """With the reference's masses and branching ratios the limits are as the roots of the numbers."""
    ratios = {name: MESONS[name].to_electrons / ratio for name, (_, ratio) in REFERENCE["mesons"].items()}
    for row in REFERENCE["limits"]:
        if row["eps90"] is None or row["exp"] != "LDMX8":
            continue
        production = ldmx(8.0)
        names = list(PHOTOPRODUCED)
        made_of = np.asarray(made(production))
        theory = Millicharge(jnp.float64(row["mchi"]), 1.0)
        decays = np.array([float(theory.invisible_ratio(name, MESONS[name])) / ratios[name] for name in names])
        limit = np.sqrt(2.302585093 / (row["EOT"] * np.sum(made_of * decays)))
        assert limit == pytest.approx(row["eps90"], rel=1e-4)


def test_the_events_are_those_of_the_nodes():
    theory = Millicharge(jnp.float64(0.3), jnp.float64(1e-2))
    flux = jax.jit(OF_NA64E)(theory)
    ratios = [float(theory.invisible_ratio(name, MESONS[name])) for name in PHOTOPRODUCED]
    assert float(jnp.exp(flux.log_total())) == pytest.approx(float(np.sum(np.asarray(made(OF_NA64E)) * ratios)), rel=1e-6)
    assert (flux.per, float(flux.energy.min())) == ("lepton", pytest.approx(50.0, rel=0.02))


class Semivisible(MesonsDecayInvisibly):
    """A theory of a user's: the phi alone decays so."""

    name = "phi-invisible"
    references = ()
    mass: jax.Array = parameter()
    g: jax.Array = coupling()

    def invisible_parents(self):
        return ("phi",)

    def invisible_ratio(self, name, meson):
        return 0.5 * self.g**2 * jnp.where(self.mass < meson.mass / 2, 1.0, 0.0)

    def widths(self, particle=""):
        return {}


def test_a_theory_of_a_user_gets_it():
    """Its ratios are read at each coupling if they tell no scale."""
    theory = Semivisible(jnp.float64(0.1), jnp.float64(1e-2))
    assert not NA64E_2022.made(theory)  # published limits on mediators are without mesons
    events = float(jnp.exp(jax.jit(NA64E_5E12.log_signal)(theory))[0])
    assert events == pytest.approx(5e12 * 0.40 * 0.5e-4 * float(made(OF_NA64E)[2]), rel=1e-5)


def test_what_makes_nothing():
    for theory in (AxialVector(0.1, 1e-3), AlpPhoton(0.1, 1e-3)):
        assert not OF_NA64E.makes(theory)
    (published,) = (one for one in NA64E_2022.productions if one.name == "mesons")
    assert published.makes(Millicharge(0.1, 1e-3))
    assert not published.makes(DarkPhoton(0.1, 1e-3))
    assert OF_NA64E.makes(DarkPhoton(0.1, 1e-3))
    told = "mesons that decay through dark-photon are left out, as in published limits: set mediators=counted"
    assert told in NA64E_2022.leaves_out(DarkPhoton(0.1, 1e-3))
    assert NA64E_5E12.leaves_out(DarkPhoton(0.1, 1e-3)) == []
    thin, _ = with_numbers(NA64E_5E12, Millicharge, {"target": "thin"})
    assert list(thin.makers(Millicharge(0.1, 1e-3))) == ["bremsstrahlung"]
    assert "mesons" not in {one.name for one in E137.productions}


def test_the_number_of_mesons_switches_them_off():
    theory, run = Millicharge(0.5, 1e-2), LDMX_2E16_8GEV
    off, _ = with_numbers(run, Millicharge, {"mesons": 0.0})
    bare = dataclasses.replace(run.regions[0], channels=run.regions[0].channels[:1])
    alone = dataclasses.replace(run, regions=(bare,))
    events = [float(jax.jit(with_method(one, "ww").log_signal)(theory)[0]) for one in (off, alone, run)]
    assert events[0] == pytest.approx(events[1], rel=1e-12)
    assert events[2] > events[0] + 3


def test_wrong_numbers_and_sources_are_told():
    with pytest.raises(ValueError, match="photoproduction needs a source of photons, not of electrons"):
        dataclasses.replace(OF_NA64E, source=NA64E_5E12.productions[0].source)
    with pytest.raises(ValueError, match="mesons must be finite and at least 0, not -1"):
        dataclasses.replace(OF_NA64E, mesons=-1.0)
    with pytest.raises(ValueError, match="no mediators 'some'"):
        dataclasses.replace(OF_NA64E, mediators="some")


def test_resonances_of_the_dark_photon_strengthen_limits():
    """On the omega at LDMX, and not at a third of its mass."""
    on, off = (
        jaxdump.limit(with_numbers(LDMX_1E15, DarkPhoton, {"mesons": mesons})[0], DarkPhoton, [0.26, 0.78]).lower[:, 0]
        for mesons in (1.0, 0.0)
    )
    assert on[0] / off[0] == pytest.approx(1.0, abs=0.02)
    assert on[1] / off[1] < 0.25
