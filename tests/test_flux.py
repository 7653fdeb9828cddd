"""The form of what productions make."""

import jax
import pytest

from jaxdump.experiments import AT_GROUND, ATMOSPHERIC_DECAYS, E137, NA64E_2022
from jaxdump.flux import Flux
from jaxdump.theories import AlpPhoton, DarkPhoton, LmuLtau, Millicharge

CASES = {
    "annihilation": (NA64E_2022.productions[1], DarkPhoton, AlpPhoton),
    "photon fusion": (E137.productions[1], AlpPhoton, DarkPhoton),
    "pairs": (AT_GROUND.productions[0], Millicharge, AlpPhoton),
    "particles": (ATMOSPHERIC_DECAYS.productions[0], AlpPhoton, LmuLtau),
}
"""A production, a theory that it makes, and one that it cannot make."""


@pytest.mark.parametrize("name", CASES)
def test_an_empty_flux_has_the_form_of_a_full_one(name):
    production, made, not_made = CASES[name]
    full, empty = (jax.eval_shape(production, theory(0.1, 1e-3)) for theory in (made, not_made))
    assert (full.empty, empty.empty) == (False, True)
    given = lambda flux: {field for field, column in vars(flux).items() if column is not None}
    assert given(full) == given(empty)
    columns = {field: column.shape for field, column in vars(empty).items() if isinstance(column, jax.ShapeDtypeStruct)}
    assert columns == {field: () if field == "log_scale" else (1,) for field in columns}


def test_the_form_of_nothing():
    for angles in (False, True):
        for spectrum in (False, True):
            flux = Flux.nothing(1.0, 0.1, angles=angles, spectrum=spectrum)
            assert (flux.angle is not None, flux.log_width is not None) == (angles, spectrum)
