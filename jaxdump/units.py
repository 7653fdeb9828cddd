"""Every unit conversion of the package. Energies are GeV, lengths m, cross-sections pb, densities g/cm3, angles rad."""

from jaxdump.constants import AVOGADRO, HBAR_C, INVERSE_GEV2

CM2_PER_PB = 1e-36
CM_PER_M = 1e2

PB_PER_INVERSE_GEV2 = INVERSE_GEV2
"""Cross-section of 1 GeV^-2 in pb."""
PER_METRE_PER_GEV = 1 / HBAR_C
"""Inverse length of 1 GeV in 1/m."""
PB_PER_MB = 1e9
"""Picobarn in a millibarn."""
NUCLEI_PER_PB = AVOGADRO * CM_PER_M * CM2_PER_PB
"""Nuclei per pb in a column of 1 (g/cm3) / (g/mol) x 1 m."""
SECONDS_PER_YEAR = 31557600.0
"""The Julian year of 365.25 days."""
KILOTONNES_PER_M3 = 1e-3
"""Mass of 1 m3 of 1 g/cm3."""
SCATTERS_PER_KILOTONNE_YEAR = AVOGADRO * 1e9 * SECONDS_PER_YEAR * CM2_PER_PB / CM_PER_M**2
"""Scatters in 1 kt yr of a flux of 1 per m2 and s, for a cross-section of 1 pb per unit of atomic mass."""
