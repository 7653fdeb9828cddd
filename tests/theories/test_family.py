"""Families of theories: any two numbers are a plane, fast along a coupling, and right along any other number."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from terminal import answer, complaint

import jaxdump
from jaxdump.experiments import NA64MU_1E14
from jaxdump.theories import Alp, AlpMuon, AlpPhoton, DarkPhoton, Spin2
from jaxdump.theories.family import Family, family

PLANE = Family(Alp, {"mass": 0.02}, axes=("g_photon", "g_muon"))
TINY = 1e-16


@jax.jit
def signals(theory):
    """log of the events of both regions."""
    return NA64MU_1E14.log_signal(theory)


def test_cuts_along_the_axes_are_those_of_one_coupling():
    """The plane of both couplings of an ALP at one mass, at the edge of each axis, against theories with one of them."""
    for g in np.geomspace(1e-4, 1e-1, 4):
        np.testing.assert_allclose(signals(PLANE(g, TINY)), signals(AlpPhoton(0.02, g)), rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(signals(PLANE(TINY, g)), signals(AlpMuon(0.02, g)), rtol=1e-6, atol=1e-6)
    for axes, alone in ((("g_photon", "g_muon"), AlpMuon), (("g_muon", "g_photon"), AlpPhoton)):
        plane = Family(Alp, {"mass": 0.02}, axes=axes)
        found, wanted = jaxdump.limit(NA64MU_1E14, plane, [TINY]), jaxdump.limit(NA64MU_1E14, alone, [0.02])
        np.testing.assert_allclose((found.lower, found.upper), (wanted.lower, wanted.upper), rtol=1e-7)
        assert np.isfinite(found.lower).any()


def test_islands_in_the_plane_of_two_couplings_end_in_the_cuts():
    with pytest.raises(ValueError, match="axes g_photon and g_muon need a box"):
        jaxdump.contours(NA64MU_1E14, PLANE)
    run = NA64MU_1E14.only("invisible")
    found = jaxdump.contours(run, PLANE, (1e-10, 1e-1, 1e-6, 10), tolerance=1e-2)
    edge = jaxdump.limit(run, AlpMuon, [0.02])
    points = np.concatenate([island.path for island in found.islands])
    at_edge = points[points[:, 0] < 1.0001e-10, 1]
    assert np.min(np.abs(np.log(at_edge / edge.lower[0, 0]))) < 0.02


def test_an_axis_that_is_no_coupling_is_right():
    """The plane of mass and dark coupling at one mixing."""
    plane = Family(DarkPhoton, {"eps": 1e-3}, axes=("mass", "alpha_D"))
    assert not plane.fast
    found = jax.jit(jaxdump.grid)(NA64MU_1E14, plane, jnp.array([0.25]), jnp.array([1e-6, 0.5]))[0]
    wanted = [signals(DarkPhoton(0.25, 1e-3, alpha_D=alpha)) for alpha in (1e-6, 0.5)]
    np.testing.assert_allclose(found, wanted, rtol=1e-10)


def test_what_a_family_is_told_wrong_gets_one_line():
    for arguments, told in (
        ((Alp, {"mass": 0.1, "g": 1.0}), "alp: no parameter 'g': choose from mass, g_photon, g_muon, loop_photons"),
        ((Alp, {"mass": 0.1}), "alp: mass is an axis, so that it cannot be given, too"),
    ):
        with pytest.raises(ValueError, match=told):
            Family(*arguments)
    with pytest.raises(ValueError, match="alp: mass must be given where the axes are g_photon and g_muon"):
        Family(Alp, axes=("g_photon", "g_muon"))
    with pytest.raises(
        ValueError, match="dark-photon: axes must be two of alpha_D, mass_ratio, mass, eps, m_chi, y, not mass and dark"
    ):
        Family(DarkPhoton, axes=("mass", "dark"))
    with pytest.raises(ValueError, match="axes mass and g need the class of a theory"):
        Family(lambda mass, g: AlpPhoton(mass, g), axes=("mass", "g"))


def test_values_that_are_given_compile_as_those_by_default():
    structure = jax.tree.structure(family(DarkPhoton))
    for other in (partial(DarkPhoton, alpha_D=0.5), Family(DarkPhoton, {"mass_ratio": 2.5}), Family(DarkPhoton, alpha_D=0.1)):
        assert jax.tree.structure(family(other)) == structure
    assert PLANE.labels == (r"$g_{a\gamma\gamma}$ [GeV$^{-1}$]", r"$g_{a\mu\mu}$ [GeV$^{-1}$]")
    assert PLANE.units == ("GeV^-1", "GeV^-1")


def test_axes_on_the_command_line(capsys):
    subject = ("limit", "na64mu-1e14", "alp", "--region", "invisible", "--axes", "g_photon", "g_muon")
    (row,) = answer(capsys, *subject, "--mass", f"{TINY}", "--set", "mass=0.02")
    assert row["g_photon"] == TINY
    assert row["lower"] == pytest.approx(
        float(jaxdump.limit(NA64MU_1E14.only("invisible"), AlpMuon, [0.02]).lower[0, 0]), rel=1e-6
    )
    assert "alp: mass must be given" in complaint(capsys, *subject, "--mass", "1e-3")
    assert "give --mass or --mass-range, values of g_photon" in complaint(capsys, *subject, "--set", "mass=0.02")
    assert "no parameter 'g'" in complaint(capsys, "limit", "na64mu-1e14", "alp", "--axes", "g", "mass", "--mass", "1")


def test_a_derived_number_is_an_axis():
    """The mass of dark matter and y, alone or with another axis; the coupling behind y is fast."""
    both = Family(DarkPhoton, {"alpha_D": 0.5, "mass_ratio": 4.0}, axes=("m_chi", "y"))
    theory = both(0.01, 1e-12)
    assert float(theory.mass) == pytest.approx(0.04)
    assert float(theory.eps) == pytest.approx(np.sqrt(1e-12 / 0.5) * 16)
    assert (both.fast, both.columns, both.units) == (True, ("m_chi", "y"), ("GeV", ""))
    of_spin2 = Family(Spin2, axes=("m_chi", "y"))
    assert of_spin2.units == ("GeV", "GeV^-2")
    assert of_spin2.labels[1] == r"$y = (c / \Lambda)^2 \alpha_D (m_\chi / m_G)^4$ [GeV$^{-2}$]"
    along = Family(DarkPhoton, {"mass": 0.1}, axes=("mass_ratio", "y"))(5.0, 1e-12)
    assert float(along.eps) == pytest.approx(np.sqrt(1e-12 / 0.1) * 25)
    with pytest.raises(ValueError, match="the axis y gives eps"):
        Family(DarkPhoton, {"eps": 1e-3}, axes=("m_chi", "y"))
    with pytest.raises(ValueError, match="axes must be two of"):
        Family(DarkPhoton, axes=("eps", "y"))
    with pytest.raises(ValueError, match="no parameter 'y'"):
        Family(Alp, {"y": 1.0})
