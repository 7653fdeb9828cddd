"""Write jaxdump/data/parton_densities.npz, the parton densities of the proton that jaxdump.matter.parton_densities reads.

    pip install '.[yields]'   # the generators
    python scripts/make_pdfs.py     # seconds

x f(x, Q) of three sets at leading order as Pythia has them, on even grids in ln x + X_BEND x and in ln ln(Q / Q_SCALE).
References: CTEQ6L1, hep-ph/0201195; NNPDF2.3 LO, arXiv:1308.0598; NNPDF3.1 LO, arXiv:1706.00428; alpha_s(M_Z) = 0.130 of both.
"""

import datetime
import json
import os
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

TABLE = Path(__file__).parents[1] / "jaxdump" / "data" / "parton_densities.npz"
SETS = {"cteq6l1": 8, "nnpdf23lo": 13, "nnpdf31lo": 17}
"""Names here, and Pythia's PDF:pSet."""
FLAVOURS = (-5, -4, -3, -2, -1, 21, 1, 2, 3, 4, 5)
"""Read backwards, it is the antiparticles."""
X_BEND, Q_SCALE = 8.0, 0.3
"""What makes the grids: dense where x is large; in Q as the coupling runs [GeV]."""
X_MIN, X_NODES = 1e-8, 90
Q_RANGE, Q_NODES = (2.0, 1000.0), 12
"""[GeV]"""


def fractions() -> np.ndarray:
    """The x of the grid: Newton's method for ln x, from above."""
    wanted = np.linspace(np.log(X_MIN) + X_BEND * X_MIN, X_BEND, X_NODES)
    log_x = np.minimum(wanted, 0.0)
    for _ in range(50):
        log_x -= (log_x + X_BEND * np.exp(log_x) - wanted) / (1 + X_BEND * np.exp(log_x))
    return np.exp(log_x)


def scales() -> np.ndarray:
    """The Q [GeV] of the grid."""
    low, high = np.log(np.log(np.array(Q_RANGE) / Q_SCALE))
    return Q_SCALE * np.exp(np.exp(np.linspace(low, high, Q_NODES)))


def densities(number: int, x: np.ndarray, q: np.ndarray) -> np.ndarray:
    """x f(x, Q) of one set, [flavour, Q, x]; zero at x = 1."""
    import pythia8mc

    generator = pythia8mc.Pythia("", False)
    for word in (f"PDF:pSet = {number}", "Print:quiet = on"):
        generator.readString(word)
    proton = generator.getPDFPtr(2212)
    below = [[[proton.xf(flavour, a, b**2) for a in x[:-1].tolist()] for b in q.tolist()] for flavour in FLAVOURS]
    return np.pad(np.array(below), [(0, 0), (0, 0), (0, 1)])


def main() -> None:
    """Write the table."""
    os.environ["PYTHIA8DATA"] = str(Path(sys.prefix) / "share" / "Pythia8" / "xmldoc")
    x, q = fractions(), scales()
    provenance = {
        "script": "scripts/make_pdfs.py",
        "date": datetime.date.today().isoformat(),
        "generator": f"pythia8mc {version('pythia8mc')}",
        "sets": {name: f"PDF:pSet = {number}" for name, number in SETS.items()},
        "references": ["hep-ph/0201195", "arXiv:1308.0598", "arXiv:1706.00428"],
    }
    np.savez_compressed(
        TABLE,
        x=x,
        q=q,
        flavours=np.array(FLAVOURS),
        x_bend=X_BEND,
        q_scale=Q_SCALE,
        provenance=np.array(json.dumps(provenance)),
        **{name: densities(number, x, q).astype(np.float32) for name, number in SETS.items()},
    )


if __name__ == "__main__":
    main()
