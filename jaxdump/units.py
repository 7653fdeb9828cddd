"""Every unit conversion of the package. Energies are GeV, lengths m, cross-sections pb, densities g/cm3, angles rad."""

from jaxdump.constants import AVOGADRO, HBAR_C, INVERSE_GEV2

CM2_PER_PB = 1e-36
CM_PER_M = 1e2

PB_PER_INVERSE_GEV2 = INVERSE_GEV2
"""Cross-section of 1 GeV^-2 in pb."""
PER_METRE_PER_GEV = 1 / HBAR_C
"""Inverse length of 1 GeV in 1/m."""
NUCLEI_PER_PB = AVOGADRO * CM_PER_M * CM2_PER_PB
"""Nuclei per pb in a column of 1 (g/cm3) / (g/mol) x 1 m."""
