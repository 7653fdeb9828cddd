"""Physical constants. Every number has its source and year; the unit is in brackets."""

FINE_STRUCTURE = 1 / 137.035999084
"""Fine-structure constant. CODATA 2018."""
ELECTRON_MASS = 0.51099895e-3
"""[GeV] PDG 2026."""
MUON_MASS = 0.1056583755
"""[GeV] PDG 2026."""
TAU_MASS = 1.77686
"""[GeV] PDG 2022."""
PROTON_MASS = 0.93827208816
"""[GeV] CODATA 2018."""
ATOMIC_MASS = 0.93149410242
"""[GeV] the atomic mass unit. CODATA 2018."""
AVOGADRO = 6.02214076e23
"""[1/mol] exact since the SI of 2019."""
HBAR_C = 1.973269804e-16
"""[GeV m] exact since the SI of 2019, rounded."""
INVERSE_GEV2 = 3.893793721e8
"""[pb] (hbar c)^2, one GeV^-2 in picobarn. CODATA 2018."""

LEPTON_MASS = {"electron": ELECTRON_MASS, "muon": MUON_MASS, "tau": TAU_MASS}
"""[GeV] by name."""
E_SQUARED = 4 * 3.141592653589793 * FINE_STRUCTURE
"""Electromagnetic coupling e^2 = 4 pi alpha."""
E_CHARGE = E_SQUARED**0.5
"""Electromagnetic coupling e."""
LN_10 = 2.302585092994046
"""Upper limit at 90 % CL on the mean of a Poisson count when none is seen and none expected."""
