"""Materials of targets: properties of their nuclei and of their bulk."""

import equinox as eqx

from jaxdump.constants import ELECTRON_MASS
from jaxdump.fields import Number, check_choices, choice, require
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


def published(name: str, nucleus: tuple[float, float], *bulk: float, source: str = "PDG 2022") -> Material:
    """A material: Z and A of its nucleus from `source`, molar mass, density and radiation length from the PDG."""
    charge, mass = (Number(value, "P", source) for value in nucleus)
    molar_mass, density, length = (Number(value, "P", "PDG 2022") for value in bulk)
    return Material(name, charge, mass, molar_mass, density, length)


LEAD = published("lead", (82.0, 207.0), 207.2, 11.35, 0.5612e-2, source="arXiv:2501.06294")
ALUMINIUM = published("aluminium", (13.0, 27.0), 26.982, 2.699, 8.897e-2)
TUNGSTEN = published("tungsten", (74.0, 184.0), 183.84, 19.30, 0.3504e-2)
AIR = Material("air", 7.26, 14.55, molar_mass=14.55, density=1.205e-3, radiation_length=303.9)
"""The mean atom of dry air at sea level; X0 = 36.62 g/cm2. PDG 2022."""
AIR_NUCLEONS = 14.5
"""Number of nucleons in a nucleus of air, as the tables of showers count them."""
