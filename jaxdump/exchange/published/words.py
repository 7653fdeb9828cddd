"""Names of columns and comments of a file: they tell which column is the mass, and its unit."""

import re
from collections.abc import Callable

UNITS = {
    "eV": 1e-9,
    "keV": 1e-6,
    "MeV": 1e-3,
    "GeV": 1.0,
    "TeV": 1e3,
    "PeV": 1e6,
    "meV": 1e-12,
    "ueV": 1e-15,
    "neV": 1e-18,
    "peV": 1e-21,
}
"""Units of mass [GeV] by their names."""
PREFIXES = {"micro": "u", "milli": "m", "nano": "n", "pico": "p", "kilo": "k", "mega": "M", "giga": "G", "tera": "T"}
PLACES = r"beams?|electrons?|positrons?|muons?|protons?|photons?|pions?|collisions?|collider|scale|energ\w*|linac|dumps?"
"""Words to which a unit that stands before them belongs."""
UNIT = (
    rf"(?<![A-Za-z])(?<!\d)(?<!\d[ -])(?<!1/)((?i:[kmgtunp])?[eE][vV])(?![A-Za-z])(?!-|\s?\^?[({{]?[-⁻−]|\*\*[(]?-)"
    rf"(?!/(?!c(?![a-z])))(?!\s+(?:{PLACES})\b)"
)
"""Pattern of the name of a unit, in any case; not of an inverse one, nor of one after a number, nor of that of a beam."""
MASS = r"(?i:mass(?:es)?(?![a-z]))"
SYMBOL = r"(?<![A-Za-z0-9_\\])[mM](?:_?\(?(?:[A-Z]|chi|phi|alp|dm|DM|HNL|Zp|[axsvn])(?![a-z])['′]?\)?|_\w+)?['′]?(?![A-Za-z])"
"""Pattern of a mass as formulas write it: m, m_a, M(A), mA', mchi."""
STATEMENTS = (
    rf"{MASS}(?:\s+(?!(?:and|of|for|at|with|from)\s+a\b)[A-Za-z'′]+){{0,3}}?[\s_:=,]*(?:\b(?:in|are|is)\b)?\s*[\[(/]?\s*{UNIT}",
    rf"{SYMBOL}\s*(?:[\[(/,]|\bin\b|\s)\s*{UNIT}",
    rf"(?i:\bunits?\b)[^\d\n,;]{{0,12}}?{UNIT}",
)
"""Patterns by which comments tell the unit, the surest first: beside the word mass, or its symbol, or the word unit."""
ALONE = rf"[\[(]\s*{UNIT}\s*[\])]|^\W*{UNIT}\W*$"
"""Pattern of a unit in brackets, or by itself."""
ENERGY = r"(?i:energ|beam|sqrt|√|momentum|luminosity|threshold|cut\b|lambda)|(?<![A-Za-z])(?:E_?\w?|f_\w+|p_?T?)(?![A-Za-z])"


def plain(words: str) -> str:
    """Words without the marks of LaTeX, with the letters of the prefixes."""
    words = re.sub(r"\\(?:mathrm|text|rm|mathit|left|right|[,;! ])|[{}$]", "", words)
    words = re.sub(r"\\mu\s*(?=[eE][vV])|[µμ]", "u", words).replace("\\", "").replace("’", "'")
    return re.sub(rf"(?i)\b({'|'.join(PREFIXES)})[- ]?(?=e-?v\b|electron)", lambda found: PREFIXES[found[1].lower()], words)


def is_mass(name: str) -> bool:
    """Whether a column of this name holds masses."""
    return bool(re.search(MASS, plain(name)) or re.match(rf"\W*{SYMBOL}", plain(name).replace("_{", "_")))


def tells_columns(line: str) -> str:
    """The words behind "columns are" or "columns:", with commas between the names; empty for other lines."""
    found = re.search(r"(?i)\bcolumns?\b\s*(?:are|is|=|:)?\s*([^;]+)", line)
    return re.sub(r",?\s+(?:and|versus|vs\.?)\s+", ", ", found[1]).strip(" .") if found else ""


def stated_unit(words: str, default: str = "GeV") -> str:
    """The unit of the masses, as it is written, that comments and column names tell; `default` if none."""
    words = plain(words)
    found = [match for pattern in STATEMENTS if (match := re.search(pattern, words))]
    pieces = [piece for piece in re.split(r"[,;\n]|\s{2,}", words) if not re.search(ENERGY, piece)]
    found += [match for piece in pieces if (match := re.search(ALONE, piece))]
    return next(filter(None, found[0].groups())) if found else default


def unit_beside(name: str) -> str:
    """The unit in the name of a column, as it is written, or nothing."""
    found = re.search(UNIT, plain(name))
    return found[1] if found else ""


def known_unit(written: str, possible: Callable[[str], bool]) -> str:
    """The unit that is meant by a name: case counts between MeV and meV only; mev is MeV if that is `possible`, else meV."""
    if written in UNITS:
        return written
    prefix = written[:-2].lower()
    if prefix == "m":
        return "MeV" if possible("MeV") else "meV"
    return {"g": "G", "t": "T"}.get(prefix, prefix) + "eV"


def told_units(words: str) -> set[str]:
    """All units that words name, but for the case of their letters."""
    return {written.lower() for written in re.findall(r"(?i)(?<![a-z])[kmgtunp]?ev(?![a-z])", plain(words))}
