"""The text of a file as blocks of numbers, with the names of their columns."""

import csv
import json
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from jaxdump.exchange.published.words import is_mass, tells_columns

COLUMNS = "give mass and coupling, or mass, lower and upper coupling"
MISSING = {"", "-", "--", "nan", "n/a", "none"}
"""Words for a missing number, in lower case."""
WITH_COMMA = re.compile(r"[-+]?\d+(,\d+)?([eE][-+]?\d+)?")
THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(,\d{3})+")
NO_TEXT = re.compile(r"[\0-\x08\x0e-\x19\x1b-\x1f]")
"""Control characters that no text holds; the others are space, and the end of files of long ago."""
BETWEEN_WORDS = re.compile(r"\s+(?![\[(])(?![^\[(]*[\])])")
"""Space between words, but neither before a bracket nor inside of one."""


class Block(NamedTuple):
    """Rows of numbers with nothing between them."""

    names: tuple[str, ...]
    """Names of the columns, or none."""
    rows: np.ndarray
    """(rows, columns) numbers; nan where one is missing."""
    lines: tuple[int, ...]
    """Line of the file of each row."""
    goes_on: bool
    """Whether only comments stand between this block and the one before."""
    sets: tuple[str, ...] = ()
    """Data set of each column, where several stand side by side."""


class Text(NamedTuple):
    """The content of a file."""

    words: str
    """The lines that are no numbers."""
    blocks: list[Block]
    decimal_commas: bool


class Stretch(NamedTuple):
    """Lines of words, and the rows that follow them."""

    words: list[tuple[int, str]]
    rows: list[tuple[int, list[str]]]
    goes_on: bool


def read(path: str) -> Text:
    """The words and the blocks of a file; raises `ValueError` for the first line that is neither."""
    lines = text_of(path).splitlines()
    check_quoted(path, lines)
    commas = has_decimal_commas([data_of(line) for line in lines])
    blocks: list[Block] = []
    stretches = list(stretches_of(lines, commas))
    for words, rows, goes_on in stretches:
        before = blocks[-1].names if blocks else ()
        width = width_of(rows)
        sets, named = sets_of([line for _, line in words], width)
        names = names_of([line for _, line in words if line != named], rows) or ("X", "Y") * (len(sets) // 2)
        for number, line in words:
            strange = bool(blocks) and not (names and (names == before or any(map(is_mass, names))))
            if data_of(line) and (strange or re.match(r"[-+.]?\d", data_of(line))):
                told = f"{line.strip()[:60]!r} is not a row of numbers: {COLUMNS}, and # before words"
                raise ValueError(f"{path}, line {number}: {told}")
        names = names or (before if len(before) == width else ())
        if rows:
            blocks.append(Block(names, table(path, rows, names), tuple(number for number, _ in rows), goes_on, sets))
    count = sum(len(block.rows) for block in blocks)
    if count < 2:
        raise ValueError(f"{path} holds {count or 'no'} row{'s' * (not count)} of numbers: {COLUMNS}, in two rows or more")
    return Text("\n".join(line for stretch in stretches for _, line in stretch.words), blocks, commas)


def stretches_of(lines: list[str], commas: bool) -> list[Stretch]:
    """The lines parted where words, an empty line or a row without numbers follow on rows."""
    found = [Stretch([], [], False)]
    for number, line in enumerate(lines, start=1):
        fields = fields_of(data_of(line), commas)
        if is_row(fields):
            found[-1].rows.append((number, fields))
            continue
        comment = bool(line.strip()) and not data_of(line)
        if found[-1].rows:
            found.append(Stretch([], [], True))
        if not comment:
            found[-1] = found[-1]._replace(goes_on=False)
        if comment or any(field.lower() not in MISSING for field in fields):
            found[-1].words.append((number, line))
    return found


def text_of(path: str) -> str:
    """The text of a file in any encoding of Unicode, or Latin-1; raises `ValueError` if it cannot be read, or is no text."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise ValueError(f"cannot read {path or repr(path)}: {error.strerror}: give a csv or text file") from error
    encoding = json.detect_encoding(content)  # any of Unicode, by its marks and zeros
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    if NO_TEXT.search(text):
        raise ValueError(f"cannot read {path}: not a text file: give a csv or text file")
    return text.rstrip("\x1a")  # with which old editors end a file


def check_quoted(path: str, lines: list[str]) -> None:
    """Raise `ValueError` if all numbers in quotation marks may be thousands as well as decimals."""
    quoted = [number for line in lines for number in re.findall(r'"([-+]?\d+(?:,\d+)+)"', line)]
    if quoted and all(THOUSANDS.fullmatch(number) for number in quoted):
        point, plain = quoted[0].replace(",", "."), quoted[0].replace(",", "")
        raise ValueError(f'{path}: "{quoted[0]}" has a decimal comma, or one after thousands: write {point} or {plain}')


def data_of(line: str) -> str:
    """A line without its comment and the marks that stand for nothing."""
    data = re.split("[#%!]", line, maxsplit=1)[0].strip()
    return re.sub(r'"([-+]?\d*),(\d[^",]*)"', r"\1.\2", data).replace('"', "")


def has_decimal_commas(rows: list[str]) -> bool:
    """Whether commas stand for points: between digits, where semicolons, or spaces, part the columns."""
    rows = [row for row in rows if re.match(r"[-+]?[\d,;]", row)]
    if any(";" in row for row in rows):
        return any("," in row for row in rows) and not any(re.search(r"(?<!\d),|,(?!\d)", row) for row in rows)
    words = [row.split() for row in rows]
    parted = all(len(row) > 1 and all(WITH_COMMA.fullmatch(word) for word in row) for row in words)
    return parted and any("," in row for row in rows)


def fields_of(data: str, commas: bool) -> list[str]:
    """The words in the columns of a line; marks at its end part nothing, unless a whole row of them does."""
    if commas:
        data = data.replace(",", ".")
    return re.split(r"\s*[,;]\s*|\s+", data)


def is_row(fields: list[str]) -> bool:
    """Whether fields are numbers, or missing, but not all of them."""
    try:
        numbers = [float("nan" if field.lower() in MISSING else field) for field in fields]
    except ValueError:
        return False
    return not np.all(np.isnan(numbers))


def table(path: str, rows: list[tuple[int, list[str]]], names: tuple[str, ...]) -> np.ndarray:
    """The numbers of a block; raises `ValueError` for a row of another length, or with a gap that no names allow."""
    made: list[list[float]] = []
    for number, fields in rows:
        while fields and not fields[-1] and (len(fields) != len(names) or len(names) < 3):
            fields = fields[:-1]
        here = f"{path}, line {number}: "
        if len(fields) < 2 or (made and len(fields) != len(made[0])):
            before = f" where those before have {len(made[0])}" if made else ""
            raise ValueError(f"{here}{len(fields)} column{'s' * (len(fields) > 1)}{before}: {COLUMNS}")
        if "" in fields and len(fields) != len(names):
            raise ValueError(f"{here}{','.join(fields)!r} is not a row of numbers: {COLUMNS}, and # before words")
        made.append([float("nan" if field.lower() in MISSING else field) for field in fields])
    return np.array(made)


def names_of(words: list[str], rows: list[tuple[int, list[str]]]) -> tuple[str, ...]:
    """The names of the columns in the lines before them: a plain line, "columns ...", or the last comment with a mass."""
    width = width_of(rows)
    if not width:
        return ()
    counted = [fields[0] for _, fields in rows] in ([str(i + first) for i in range(len(rows))] for first in (0, 1))
    named = lambda line: split(line, width, counted)
    plain = [names for line in words if data_of(line) and (names := named(line))]
    told = [names for line in words for part in [tells_columns(line)] if part and (names := named(part))]
    comments = [names for line in words if (names := named(line)) and are_names(names)]
    for found in (plain, told, comments):
        if found:
            masses = [names for names in found if any(map(is_mass, names))]
            return (masses or found)[-1]
    return ()


def sets_of(words: list[str], width: int) -> tuple[tuple[str, ...], str]:
    """The names of data sets that stand side by side, for each of their columns, mass and coupling; and the line of them."""
    for line in filter(data_of, words if width >= 4 and width % 2 == 0 else []):
        for mark in ";\t,":
            fields = [name.strip(" \"'") for name in next(csv.reader([line], delimiter=mark), [])]
            while fields and not fields[-1]:
                fields.pop()
            names = fields if any(fields[1::2]) else fields[::2]
            if len(names) == width // 2 and all(names) and not any(map(is_mass, names)) and not is_row(names):
                return tuple(name for name in names for _ in range(2)), line
    return (), ""


def are_names(names: tuple[str, ...]) -> bool:
    """Whether the parts of a comment between its commas are names of columns, one of a mass, and not phrases of a sentence."""
    numbers = [re.search(r"(?<![\w.^(-])\d+(?![\w.]|\s*%)", name) for name in names]
    first = next((i for i, name in enumerate(names) if is_mass(name)), None)
    phrases = [name for name in names if len(name.split()) > 4 or re.match(r"(?i)masses\b", name)]
    return first is not None and not any(numbers) and (first == 0 or not phrases)


def width_of(rows: list[tuple[int, list[str]]]) -> int:
    """The number of columns of rows; marks at the end of all rows make no column."""
    ends = all(not fields[-1] for _, fields in rows)
    return max((len(fields) for _, fields in rows), default=0) - ends if rows else 0


def split(line: str, width: int, counted: bool) -> tuple[str, ...]:
    """A line as `width` names, or one less where the first column is `counted`; nothing if it is no such list."""
    line = re.sub(r"^[\s#%!:]+(?=\S)", "", line).strip("\r\n")
    ways = [next(csv.reader([line], delimiter=mark, skipinitialspace=True), []) for mark in ";\t,"]
    ways += [re.split(r"\s{2,}", line.strip()), BETWEEN_WORDS.split(line.strip())]
    for names in ways:
        names = [name.strip(" \"'") for name in names]
        if len(names) == width + 1 and not names[-1]:
            names = names[:-1]
        if counted and len(names) == width - 1 > 1:
            names = ["", *names]
        if len(names) == width and any(names) and not any(re.fullmatch(r"[-+.\d]+(e[-+]?\d+)?", name) for name in names):
            return tuple(names)
    return ()
