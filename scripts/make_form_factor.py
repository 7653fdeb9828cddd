"""Write jaxdump/data/proton_form_factor.csv, the form factor that jaxdump.matter.proton_form_factor calls unitary.

    python scripts/make_form_factor.py FFproton_UAmodel.txt     # a second

The Dirac form factor of the proton at time-like momentum transfers in the unitary and analytic model of S. Foroughi-Abari,
P. Reimitz and A. Ritz, arXiv:2409.09123, as tabulated by its authors and shipped with SensCalc, arXiv:2305.13383.
"""

import datetime
import hashlib
import re
import sys
from pathlib import Path

TABLE = Path(__file__).parents[1] / "jaxdump" / "data" / "proton_form_factor.csv"
ROW = re.compile(r"\s*([\d.]+)\s+\((-?[\d.]+)([-+]+[\d.]+)j\)")


def main() -> None:
    """Write the table."""
    source = Path(sys.argv[1]).read_bytes()
    rows = [match.groups() for match in map(ROW.match, source.decode().splitlines()) if match]
    numbers = [(float(k), float(real), float(imaginary.replace("+-", "-"))) for k, real, imaginary in rows]
    lines = [f"{k:g},{real:.6g},{imaginary:.6g}" for k, real, imaginary in numbers]
    header = (
        f"# {Path(__file__).name}, {datetime.datetime.now(datetime.UTC):%Y-%m-%d}: time-like Dirac form factor of the proton,",
        f"# arXiv:2409.09123 by the table of its authors, SHA-256 {hashlib.sha256(source).hexdigest()};",
        "# k is the root of the momentum transfer squared [GeV]",
        "k,real,imaginary",
    )
    TABLE.write_text("\n".join((*header, *lines)) + "\n")
    print(f"wrote {TABLE}: {len(lines)} rows, {TABLE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
