"""Materials of targets: properties of their nuclei and of their bulk."""

import equinox as eqx

from jaxdump.constants import ELECTRON_MASS
from jaxdump.fields import check_choices, choice, require
from jaxdump.typing import Scalar
from jaxdump.units import NUCLEI_PER_PB


class Material(eqx.Module):
    """A material of targets: properties of its nucleus and of its bulk.

    Raises `ValueError` for a number that is not positive and for an unknown form factor.

    >>> iron = Material("iron", 26.0, 56.0, molar_mass=55.845, density=7.874, radiation_length=1.757e-2)
    >>> f"{iron.nuclear_scale():.4f}"
    '0.0112'
    """

    name: str = eqx.field(static=True)
    charge_number: Scalar
    """Charge number Z of the nucleus."""
    mass_number: Scalar
    """Mass number A in the form factor."""
    molar_mass: Scalar
    """Molar mass [g/mol]."""
    density: Scalar
    """Density [g/cm3]."""
    radiation_length: Scalar
    """Radiation length X0 [m]."""
    form_factor: str = choice("elastic", "elastic+inelastic")
    """Whether the protons of the nucleus radiate besides the nucleus as a whole."""

    def __check_init__(self):
        check_choices(self.name, self)
        for name in ("charge_number", "mass_number", "molar_mass", "density", "radiation_length"):
            require(self.name, name, getattr(self, name), 0, open_below=True)

    def screening_scale(self) -> Scalar:
        """Scale t_a = (m_e Z^(1/3) / 111)^2 [GeV^2] below which electrons screen the nucleus; see `elastic`."""
        return (ELECTRON_MASS * self.charge_number ** (1 / 3) / 111) ** 2

    def nuclear_scale(self) -> Scalar:
        """Scale t_d = 0.164 A^(-2/3) GeV^2 above which the nucleus is no longer a point; see `elastic`."""
        return 0.164 * self.mass_number ** (-2 / 3)

    def electron_scale(self) -> Scalar:
        """Scale t_p = (m_e Z^(2/3) / 773)^2 [GeV^2] below which electrons screen the protons; see `inelastic`."""
        return (ELECTRON_MASS * self.charge_number ** (2 / 3) / 773) ** 2

    def nuclei_per_pb(self) -> Scalar:
        """Number of nuclei per pb of area in one metre of the material."""
        return NUCLEI_PER_PB * self.density / self.molar_mass


LEAD = Material("lead", charge_number=82.0, mass_number=207.0, molar_mass=207.2, density=11.35, radiation_length=0.5612e-2)
"""Lead. Z and A as in arXiv:2501.06294; the rest PDG 2022."""
ALUMINIUM = Material("aluminium", 13.0, 27.0, molar_mass=26.982, density=2.699, radiation_length=8.897e-2)
"""Aluminium. PDG 2022."""
TUNGSTEN = Material("tungsten", 74.0, 184.0, molar_mass=183.84, density=19.30, radiation_length=0.3504e-2)
"""Tungsten. PDG 2022."""
AIR = Material("air", 7.26, 14.55, molar_mass=14.55, density=1.205e-3, radiation_length=303.9)
"""The mean atom of dry air at sea level; X0 = 36.62 g/cm2. PDG 2022."""
AIR_NUCLEONS = 14.5
"""Number of nucleons in a nucleus of air, as the tables of showers count them."""
