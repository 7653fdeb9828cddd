"""Published curves from files: each format as it is found, with made-up numbers, and one clear line for bad files."""

import re

import numpy as np
import pytest

from jaxdump.exchange.published import read_published, stated_unit

GOOD = {
    "csv": ("a.csv", "mass_GeV,coupling\n0.01,1e-3\n0.1,2e-3\n"),
    "csv with quotes, spaces and a mark at its start": ("a.csv", '\ufeff"mass","coupling"\r\n0.01, 1e-3\r\n\r\n0.1, 2e-3,\r\n'),
    "csv without header": ("a.csv", "0.01,1e-3\n0.1,2e-3"),
    "semicolons": ("a.csv", "m [MeV]; eps\n10; 1e-3\n100; 2e-3\n"),
    "AxionLimits": ("a.txt", "# 13 TeV, 0.45 GeV/cc\n# mass [eV]  g_ap [GeV^-1]\n1e7\t0.001\n1.0e8\t0.002\n"),
    "FORESEE": ("a.txt", "0.01  1e-3\n0.1 2e-3 \t\n"),
    "DarkCast": ("a.lmt", "#     mass      lower\n 1.000e-02  1.000e-03  # a note\n 1.000e-01  2.000e-03\n"),
}


MASSES, COUPLINGS = [0.012, 0.03, 0.07], [3e-5, 4e-5, 9e-5]
ROWS = "12,3e-5\n30,4e-5\n70,9e-5\n"
"""The same in MeV."""
IN_GEV = "0.012,3e-5\n0.030,4e-5\n0.070,9e-5\n"
REGION = "0.02 1e-6\n0.03 2e-6\n0.06 5e-6\n0.2 1e-5\n0.2 2e-5\n0.06 5e-5\n0.03 8e-5\n0.02 3e-4\n"
"""Four points of a lower edge and, backwards, four of an upper one."""
OTHER = "0.3 1e-5\n0.5 2e-5\n0.5 8e-5\n0.3 9e-5\n"


def written(tmp_path, name, content):
    """The path of a file that holds `content`."""
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


@pytest.mark.parametrize("name", GOOD)
def test_every_format_gives_the_same_curve(tmp_path, name):
    curve = read_published(written(tmp_path, *GOOD[name]))
    np.testing.assert_allclose(curve.mass, [0.01, 0.1], rtol=1e-14)
    np.testing.assert_allclose(curve.coupling, [1e-3, 2e-3], rtol=1e-14)
    assert curve.compared.tolist() == [True, True]


def test_lower_and_upper_couplings_give_a_closed_line(tmp_path):
    content = "# mass lower upper\n0.01 1e-6 1e-3\n0.02 2e-6 1e-4\n0.02 2e-6 9e-5\n0.03 1e-5 1e-5\n"
    curve = read_published(written(tmp_path, "a.lmt", content))
    assert curve.mass.tolist() == [0.01, 0.02, 0.02, 0.03, 0.03, 0.02, 0.02, 0.01]
    assert curve.coupling.tolist() == [1e-6, 2e-6, 2e-6, 1e-5, 1e-5, 9e-5, 1e-4, 1e-3]
    mass, coupling = curve.path()
    assert (mass[-1], coupling[-1]) == (0.01, 1e-6)


def test_what_darkcast_means_by_1e5_is_no_limit(tmp_path):
    curve = read_published(written(tmp_path, "a.lmt", "# mass lower\n0.01 1.000e+05\n0.02 1e-3\n0.03 1e-3\n"))
    assert curve.compared.tolist() == [False, True, True]
    assert np.isnan(curve.coupling[0])
    with pytest.raises(ValueError, match="holds no limit: every coupling is 100000 or more"):
        read_published(written(tmp_path, "b.lmt", "# mass lower\n0.01 1.000e+05\n0.02 1e5\n"))


def test_ends_that_close_a_line_at_the_top_of_a_figure_are_not_compared(tmp_path):
    open_line = read_published(written(tmp_path, "a.txt", "0.05 1\n0.05 3e-4\n0.07 2e-4\n0.1 4e-4\n0.1 1\n"))
    assert open_line.compared.tolist() == [False, True, True, True, False]
    island = read_published(written(tmp_path, "b.txt", "0.01 1e-7\n0.1 2e-7\n0.11 4e-7\n0.1 1e-6\n0.01 1e-3\n"))
    assert island.compared.all()


def test_only_a_line_whose_ends_meet_is_closed(tmp_path):
    meets = read_published(written(tmp_path, "a.txt", "0.01 1e-7\n0.1 2e-7\n0.0101 1e-3\n"))
    assert meets.path()[0].tolist() == [0.01, 0.1, 0.0101, 0.01]
    limit = read_published(written(tmp_path, "b.txt", "0.01 1e-7\n0.1 2e-7\n"))
    assert limit.path()[0].tolist() == [0.01, 0.1]


def test_a_unit_that_is_given_counts_more_than_one_that_is_told(tmp_path):
    path = written(tmp_path, "a.csv", "mass [eV],eps\n10,1e-3\n100,2e-3\n")
    np.testing.assert_allclose(read_published(path).mass, [1e-8, 1e-7])
    np.testing.assert_allclose(read_published(path, "MeV").mass, [0.01, 0.1])


@pytest.mark.parametrize(
    ("words", "unit"),
    [
        ("# m_a [eV]  g_ap [GeV^-1]", "eV"),
        ("# Mass [eV]  g_agamma [GeV^-1]", "eV"),
        ("# 160 GeV muons\n# masses in MeV, coupling", "MeV"),
        ("# L in [GeV], mass (keV), g", "keV"),
        ("mass_MeV,g_GeV-1", "MeV"),
        ("m_phi/MeV,g", "MeV"),
        ("mass,g [GeV^-1]", "GeV"),
        ("# E0=100 TeV\nmass,coupling", "GeV"),
        ("", "GeV"),
    ],
)
def test_the_unit_of_the_masses_is_what_comments_tell(words, unit):
    assert stated_unit(words) == unit


IN_MEV = (
    "Mass [MeV/c2],eps",
    "m_A' (MeV/c^2),eps",
    '"$m_{A^{\\prime}}$ [MeV/$c^2$]","$\\epsilon$"',
    "Mass (MEV),eps",
    "mass_mev,eps",
    "M(A) [Mev],eps",
    "# SQRT(S) [GeV],13000\n# M(A) [MeV],eps",
    "#: SQRT(S) [GeV],,160\nM(A) [MeV],eps",
    "# beam energy [GeV], 160\n# mass, e\n# units: MeV, 1",
    "# Lambda [GeV], m_a [MeV]: columns are mass and coupling",
    "# f_a [GeV] over m_a [MeV]",
    "# 160 GeV muons, masses in MeV",
    "# limit of a GeV beam\nm_chi/MeV,y",
    "mass (mega-eV),f_a [GeV]",
    "X [MeV],Y",
)
NO_UNIT = (
    "# limit of a 20-MeV beam, 95% CL\n# mass,coupling",
    "# mass limits of MeV beams\nmass,coupling",
    "# 855 MeV electrons; a MeV-scale search\nmass,coupling",
    "# beam energy [MeV]: 855\nmass,coupling",
    "# electrons with energies in MeV\nmass,coupling [GeV^-1]",
    "x,y",
)


def test_the_unit_stands_beside_the_mass(tmp_path):
    for words in IN_MEV:
        curve = read_published(written(tmp_path, "a.csv", f"{words}\n{ROWS}"))
        np.testing.assert_allclose(curve.mass, MASSES, err_msg=words)
        np.testing.assert_allclose(curve.coupling, COUPLINGS, err_msg=words)


def test_energies_of_beams_are_no_unit_of_mass(tmp_path):
    for words in NO_UNIT:
        curve = read_published(written(tmp_path, "a.csv", f"{words}\n{IN_GEV}"))
        np.testing.assert_allclose(curve.mass, MASSES, err_msg=words)
        assert (curve.reading, curve.assumed) == ("masses in GeV (no unit is told), 1 open line", True)


@pytest.mark.parametrize(
    ("written_as", "gev", "said"),
    [
        ("ueV", 1e-15, "masses in ueV"),
        ("µeV", 1e-15, "masses in ueV"),
        ("$\\mu$eV", 1e-15, "masses in ueV"),
        ("micro-eV", 1e-15, "masses in ueV"),
        ("neV", 1e-18, "masses in neV"),
        ("meV", 1e-12, "masses in meV (milli-eV)"),
        ("MeV", 1e-3, "masses in MeV"),
        ("MEV", 1e-3, "masses in MeV (written MEV)"),
        ("mev", 1e-3, "masses in MeV (written mev)"),
        ("Gev", 1.0, "masses in GeV (written Gev)"),
        ("KEV", 1e-6, "masses in keV (written KEV)"),
        ("ev", 1e-9, "masses in eV (written ev)"),
    ],
)
def test_case_tells_milli_from_mega_and_what_is_assumed_is_said(tmp_path, written_as, gev, said):
    curve = read_published(written(tmp_path, "a.txt", f"mass [{written_as}] coupling\n3e2 1e-10\n4e3 2e-10\n"))
    np.testing.assert_allclose(curve.mass, [3e2 * gev, 4e3 * gev])
    assert curve.reading == f"{said}, 1 open line"
    assert curve.assumed == ("(" in said)


def test_letters_of_one_case_are_milli_where_mega_is_too_heavy(tmp_path):
    path = written(tmp_path, "a.txt", "mass [mev] coupling\n1e9 1e-5\n2e9 2e-5\n")
    np.testing.assert_allclose(read_published(path).mass, [1e-3, 2e-3])


def edges_of(tmp_path, content):
    """The edges of a curve's points, L and U, - if unknown; x for those that are not compared."""
    curve = read_published(written(tmp_path, "a.txt", content))
    letters = {"lower": "L", "upper": "U", "": "-"}
    return " ".join(letters[edge] + "x" * (not kept) for edge, kept in zip(curve.edge, curve.compared, strict=True))


def turned(content, by):
    """The same region from another point on."""
    lines = content.splitlines(keepends=True)
    return "".join(lines[by:] + lines[:by])


@pytest.mark.parametrize(
    ("content", "edges"),
    [
        (REGION, "L L L L U U U U"),
        (REGION + "0.02 1e-6\n", "L L L L U U U U L"),
        (REGION + "0.02 1e-4\n0.02 1e-5\n", "L L L L U U U U -x -x"),
        ("".join(REGION.splitlines(keepends=True)[::-1]), "U U U U L L L L"),
        (turned(REGION, 3), "L U U U U L L L"),
        (REGION.replace("0.06 5e-6\n", "0.06 5e-6\n# a note\n"), "L L L L U U U U"),
        ("0.02 1e-6\n0.2 1e-5\n\n0.2 1e-5\n0.02 1e-4\n", "L U U U"),
        ("0.02 1e-5\n0.02 1e-3\n0.2 1e-3\n0.2 2e-5\n", "L Ux Ux L"),
        ("0.02 1\n0.02 1e-5\n0.05 5e-6\n0.1 1e-5\n0.1 1\n", "Ux L L L Ux"),
        ("0.02 1e-5\n0.1 1e-4\n0.04 1e-2\n0.01 1e-2\n", "L L Ux Ux"),
        ("0.01 1e-3\n0.02 1e-3\n0.1 1e-5\n", "- - -"),
        ("0.01 1e-5\n0.02 1e-5\n0.1 3e-5\n0.1 6e-5\n", "- - - -x"),
    ],
)
def test_a_region_is_closed_without_its_first_point_and_knows_its_edges(tmp_path, content, edges):
    assert edges_of(tmp_path, content) == edges


@pytest.mark.parametrize(
    ("content", "edges"),
    [
        ("0 2e-3\n0.01 2e-4\n0.03 4e-4\n0.06 6e-4\n0.06 2e-3\n", "Ux L L L Ux"),
        ("0.06 2e-3\n0.06 6e-4\n0.03 4e-4\n0.01 2e-4\n0 2e-3\n", "Ux L L L Ux"),
        ("0.06 2e-3\n0 2e-3\n0.01 2e-4\n0.03 4e-4\n0.06 6e-4\n", "Ux Ux L L L"),
        ("0 2e-4\n0.01 2e-4\n0.1 3e-4\n", "-x - -"),
    ],
)
def test_a_vertex_at_mass_zero_is_drawn_and_not_compared(tmp_path, content, edges):
    assert edges_of(tmp_path, content) == edges
    mass, _ = read_published(written(tmp_path, "b.txt", content)).path()
    assert mass.min() == pytest.approx(1e-4)


@pytest.mark.parametrize("between", ["\n", "\n\n", "# the second\n", "nan nan\n", "\n# the second\n"])
def test_regions_are_parted_by_what_is_no_row(tmp_path, between):
    curve = read_published(written(tmp_path, "a.txt", REGION + between + OTHER))
    assert (curve.starts, curve.closed) == ((0, 8), (True, True))
    assert curve.edge.tolist() == [*["lower"] * 4, *["upper"] * 4, "lower", "lower", "upper", "upper"]
    assert curve.reading == "masses in GeV (no unit is told), 2 closed regions"
    mass, coupling = curve.path()
    assert (mass[8], coupling[8], mass[10]) == (0.02, 1e-6, 0.3)
    assert np.flatnonzero(np.isnan(mass)).tolist() == [9]
    assert (mass[-1], coupling[-1]) == (0.3, 1e-5)


def test_lines_that_empty_lines_space_are_one(tmp_path):
    assert read_published(written(tmp_path, "a.txt", "0.1 1\n\n0.2 2\n\n0.3 3\n")).starts == (0,)


NAMED = {
    "observed": "# mass [MeV], expected, observed\n12,1,3e-5\n30,1,4e-5\n70,1,9e-5\n",
    "many columns": "mass [MeV],Exp.,+1 sigma,-1 sigma,Obs. [eps]\n12,1,2,3,3e-5\n30,1,2,3,4e-5\n70,1,2,3,9e-5\n",
    "no observed": "mass [MeV],eps,error\n12,3e-5,1\n30,4e-5,1\n70,9e-5,1\n",
    "mass last": "eps,points,m_A [MeV]\n3e-5,5,12\n4e-5,5,30\n9e-5,5,70\n",
    "energy first": "E_beam [GeV],m [MeV],eps\n160,12,3e-5\n160,30,4e-5\n160,70,9e-5\n",
    "two masses": "m_A [MeV],m_chi [MeV],eps\n12,4,3e-5\n30,10,4e-5\n70,23,9e-5\n",
    "HEPData bins": "M [MeV],M [MeV] LOW,M [MeV] HIGH,eps\n12,11,13,3e-5\n30,29,31,4e-5\n70,69,71,9e-5\n",
    "HEPData blocks": f"#: name: 1\nM [MeV],expected\n12,1\n30,1\n\n#: name: 2\nM [MeV],observed\n{ROWS}",
    "index without name": ",mass,eps\n0,0.012,3e-5\n1,0.030,4e-5\n2,0.070,9e-5\n",
    "index of a printed table": "   mass  eps\n0  0.012  3e-5\n1  0.030  4e-5\n2  0.070  9e-5\n",
    "index with name": "row;mass;eps\n1;0.012;3e-5\n2;0.030;4e-5\n3;0.070;9e-5\n",
    "index without header": "0 0.012 3e-5\n1 0.030 4e-5\n2 0.070 9e-5\n",
    "decimal commas": "x;y\n0,012;3,0e-5\n0,030;4,0e-5\n0,070;9,0e-5\n",
    "decimal commas and spaces": "0,012; 3E-5;\n0,030; 4E-5;\n0,070; 9E-5;\n",
    "decimal commas and tabs": "m\tg\n0,012\t0,00003\n0,030\t0,00004\n0,070\t0,00009\n",
    "decimal commas in quotes": '"m","g"\n"0,012","3,0e-5"\n"0,030","4,0e-5"\n"0,070","9,0e-5"\n',
}


@pytest.mark.parametrize("name", NAMED)
def test_columns_are_found_by_their_names(tmp_path, name):
    curve = read_published(written(tmp_path, "a.csv", NAMED[name]))
    np.testing.assert_allclose(curve.mass, MASSES)
    np.testing.assert_allclose(curve.coupling, COUPLINGS)


def test_a_column_can_be_asked_for(tmp_path):
    path = written(tmp_path, "a.csv", "mass [MeV],Expected [eps],observed\n12,1,5\n30,2,6\n70,3,\n")
    assert read_published(path, column="expected").coupling.tolist() == [1, 2, 3]
    assert read_published(path, column="2").coupling.tolist() == [1, 2, 3]
    curve = read_published(path)
    assert curve.compared.tolist() == [True, True, False]
    assert curve.reading == "masses in MeV, columns mass [MeV] and observed, 1 open line"
    with pytest.raises(
        ValueError, match=r"no column of couplings 'g': the columns are mass \[MeV\], Expected \[eps\], observed"
    ):
        read_published(path, column="g")


def test_a_coupling_belongs_to_the_mass_before_it(tmp_path):
    path = written(tmp_path, "a.csv", f"ONE,,TWO,\nX,Y,X,Y\n{IN_GEV.replace(chr(10), ',0.2,7' + chr(10))}0.09,1e-4,,\n")
    np.testing.assert_allclose(read_published(path).mass, [*MASSES, 0.09])
    other = read_published(path, column="4")
    assert (other.mass.tolist(), other.coupling.tolist()) == ([0.2] * 3, [7] * 3)


ENCODINGS = ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_any_encoding_of_unicode_is_read(tmp_path, encoding):
    content = f"mass [MeV]\teps\r\n{ROWS}".replace(",", "\t")
    curve = read_published(written(tmp_path, "a.txt", content.encode(encoding)))
    np.testing.assert_allclose((curve.mass, curve.coupling), (MASSES, COUPLINGS))
    marked = "\ufeffm [GeV]\tg\r\n0,01\t1,0E-05\r\n0,02\t2,0E-05\r\n".encode(encoding)
    assert read_published(written(tmp_path, "b.txt", marked)).coupling.tolist() == [1e-5, 2e-5]


@pytest.mark.parametrize(
    "content",
    [b"0.1 1\n0.2 2\n\0\0", ROWS.encode("utf-16")[:-1], b"\x89PNG\r\n\x1a\n\0\0", b"\x1f\x8b\x08\x08 0.1", b"\x01\x02"],
)
def test_what_is_no_text_gets_one_line(tmp_path, content):
    with pytest.raises(ValueError, match=r"cannot read .*: not a text file: give a csv or text file"):
        read_published(written(tmp_path, "a.csv", content))


SIDE_BY_SIDE = "0.012,3e-5,0.02,1\n0.030,4e-5,0.05,2\n0.070,9e-5,,\n"


@pytest.mark.parametrize(
    "head", ["ONE 2023,,TWO,\nX,Y,X,Y\n", "ONE 2023,,TWO,,\nX, Y,X, Y\n", "ONE 2023,TWO\n", '"TWO a",,"ONE 2023",\n']
)
def test_of_data_sets_side_by_side_one_is_read_and_told(tmp_path, head):
    first, second = ("TWO a", "ONE 2023") if "TWO a" in head else ("ONE 2023", "TWO")
    path = written(tmp_path, "a.csv", head + SIDE_BY_SIDE)
    curve = read_published(path)
    np.testing.assert_allclose((curve.mass, curve.coupling), (MASSES, COUPLINGS))
    assert (curve.assumed, f"data set {first}, not {second} (see --column)" in curve.reading) == (True, True)
    for name in (second, second.lower(), "4"):
        other = read_published(path, column=name)
        assert (other.mass.tolist(), other.coupling.tolist()) == ([0.02, 0.05], [1, 2])
        assert f"data set {second}, not {first}" in other.reading
    with pytest.raises(ValueError, match=f"no column of couplings 'g': the columns are X, Y, {first}, {second}"):
        read_published(path, column="g")


def test_of_data_sets_the_observed_one_is_read(tmp_path):
    path = written(tmp_path, "a.csv", "expected,,observed,\nX,Y,X,Y\n0.02,1,0.012,3e-5\n0.05,2,0.030,4e-5\n,,0.070,9e-5\n")
    np.testing.assert_allclose(read_published(path).coupling, COUPLINGS)


@pytest.mark.parametrize(
    ("top", "kept"), [("1e-3", False), ("3.162e-4", False), ("5E-2", False), ("3.27e-4", True), ("1.2e-3", True)]
)
def test_a_level_top_is_an_edge_unless_it_ends_a_figure_which_is_told(tmp_path, top, kept):
    content = f"# mass [GeV] lower upper\n0.01 1e-6 {top}\n0.02 2e-6 {top}\n0.05 3e-6 {top}\n"
    curve = read_published(written(tmp_path, "a.lmt", content))
    assert curve.compared.tolist() == [True] * 3 + [kept] * 3
    told = f"level top at {float(top):.4g} taken for the end of a figure and not compared"
    assert (told in curve.reading, curve.assumed) == (not kept, not kept)
    drawn = read_published(written(tmp_path, "b.txt", "# m [GeV] g\n0.02 1e-3\n0.02 1e-5\n0.05 5e-6\n0.1 1e-5\n0.1 1e-3\n"))
    assert "level top at 0.001 taken" in drawn.reading


def test_what_is_clear_is_not_said(tmp_path):
    assert not read_published(written(tmp_path, "a.csv", f"mass [MeV],eps\n{ROWS}")).assumed
    closed = written(tmp_path, "b.csv", "# m [GeV] g\n" + REGION + "0.02 1e-6\n")
    assert not read_published(closed).assumed


BAD = {
    "holds no rows of numbers: give mass and coupling": "",
    "holds no rows of numbers": "# mass, coupling\nmass,coupling\n",
    "holds 1 row of numbers": "mass,coupling\n0.1,1e-3\n",
    "holds a coupling in 1 row alone": "mass,coupling\n0.1,1e-3\n0.2,nan\n",
    "line 2: 1 column: give mass and coupling": "mass\n0.1\n0.2\n",
    "line 1: 4 columns: give": "1 2 3 4\n1 2 3 4\n",
    "line 3: 3 columns where those before have 2": "m,g\n0.1,1e-3\n0.2,1e-3,1\n",
    "line 3: 1 column where those before have 2": "m,g\n0.1,1e-3\n0.2,\n",
    "line 2: '0.1,,1e-3' is not a row of numbers": "m,g\n0.1,,1e-3\n0.2,,1e-3\n",
    "line 3: 'end of the first part' is not a row of numbers": "m,g\n0.1,1e-3\nend of the first part\n0.2,1e-3\n",
    "line 1: '0.l1 1e-3' is not a row of numbers": "0.l1 1e-3\n0.2 1e-3\n0.3 1e-3\n",
    "line 2: masses and couplings must be finite and positive, and no logarithms, not -3.5": "0.1 1\n0.2 -3.5\n",
    "line 1: no mass is above zero": "0 1\n0 2\n",
    "line 2: masses and couplings must be finite and positive, and no logarithms, not nan": "0.1 1\n0.2 nan\n",
    "line 1: masses and couplings must be finite and positive, and no logarithms, not inf": "0.1 inf\n0.2 1\n",
    "masses reach 2e+08 GeV: give their unit with --mass-unit eV or MeV": "1e7 1e-3\n2e8 1e-3\n",
    "at mass 0.2 the upper coupling 1e-05 is below the lower 0.001": "0.1 1e-3 1\n0.2 1e-3 1e-5\n",
    "holds a grid, with the mass 0.1 in many rows": "# mass g r\n0.1 1e-5 32\n0.1 2e-5 31\n0.1 3e-5 30\n0.1 4e-5 9\n",
    "'log10(m/GeV)' is a logarithm: give masses and couplings themselves": "log10(m/GeV),g\n1,1e-3\n2,1e-3\n",
    "line 3: '0.02,1e-5 or so' is not a row of numbers": "m,g\n0.01,1e-5\n0.02,1e-5 or so\n",
    "'eps^2' is a square: give the coupling itself": "mass,eps^2\n0.1,1e-6\n0.2,1e-6\n",
    "'EPSILON**2' is a square": "M [GeV],EPSILON**2\n0.1,1e-6\n0.2,1e-6\n",
    '"1,000" has a decimal comma, or one after thousands': 'm [MeV],g\n"1,000",1e-4\n"2,000",2e-4\n',
    "not a text file": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
}


@pytest.mark.parametrize("message", BAD)
def test_a_bad_file_gets_one_clear_line(tmp_path, message):
    path = written(tmp_path, "bad.csv", BAD[message])
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        read_published(path)
    assert str(caught.value).count(path) == 1
    assert "\n" not in str(caught.value)


def test_what_is_not_a_file_is_told(tmp_path):
    with pytest.raises(ValueError, match="No such file or directory: give a csv or text file"):
        read_published(str(tmp_path / "nothere.csv"))
    with pytest.raises(ValueError, match="Is a directory: give a csv or text file"):
        read_published(str(tmp_path))
    with pytest.raises(ValueError, match="no unit of mass 'mev': choose one of eV, keV, MeV, GeV, TeV"):
        read_published(written(tmp_path, "a.csv", "0.1 1\n0.2 1\n"), "mev")


def test_a_lifetime_is_no_coupling_and_a_unit_may_be_a_square(tmp_path):
    content = "mass [GeV],ctau [m],g [GeV^2]\n0.1,5,1e-3\n0.2,6,2e-3\n"
    assert read_published(written(tmp_path, "a.csv", content)).coupling.tolist() == [1e-3, 2e-3]


def test_quoted_decimal_commas_and_the_mark_of_an_old_editor_are_read(tmp_path):
    for content in ('m [GeV],g\n"1,000",1e-4\n"1,25",2e-4\n', "m [GeV],g\n1.0,1e-4\n1.25,2e-4\n\x1a"):
        assert read_published(written(tmp_path, "a.csv", content)).mass.tolist() == [1.0, 1.25]
