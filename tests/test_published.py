"""Published curves from files: each format as it is found, with made-up numbers, and one clear line for bad files."""

import re

import numpy as np
import pytest

from jaxdump.published import read_published, stated_unit

GOOD = {
    "csv": ("a.csv", "mass_GeV,coupling\n0.01,1e-3\n0.1,2e-3\n"),
    "csv with quotes, spaces and a mark at its start": ("a.csv", '\ufeff"mass","coupling"\r\n0.01, 1e-3\r\n\r\n0.1, 2e-3,\r\n'),
    "csv without header": ("a.csv", "0.01,1e-3\n0.1,2e-3"),
    "semicolons": ("a.csv", "m [MeV]; eps\n10; 1e-3\n100; 2e-3\n"),
    "AxionLimits": ("a.txt", "# 13 TeV, 0.45 GeV/cc\n# mass [eV]  g_ap [GeV^-1]\n1e7\t0.001\n1.0e8\t0.002\n"),
    "FORESEE": ("a.txt", "0.01  1e-3\n0.1 2e-3 \t\n"),
    "DarkCast": ("a.lmt", "#     mass      lower\n 1.000e-02  1.000e-03  # a note\n 1.000e-01  2.000e-03\n"),
}


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


BAD = {
    "holds no rows of numbers: give mass and coupling": "",
    "holds no rows of numbers": "# mass, coupling\nmass,coupling\n",
    "holds 1 row of numbers": "mass,coupling\n0.1,1e-3\n",
    "line 2: 1 column: give mass and coupling": "mass\n0.1\n0.2\n",
    "line 1: 4 columns: give": "1 2 3 4\n1 2 3 4\n",
    "line 3: 3 columns where those before have 2": "m,g\n0.1,1e-3\n0.2,1e-3,1\n",
    "line 3: 1 column where those before have 2": "m,g\n0.1,1e-3\n0.2,\n",
    "line 2: '0.1,,1e-3' is not a row of numbers": "m,g\n0.1,,1e-3\n0.2,,1e-3\n",
    "line 3: 'end of the first part' is not a row of numbers": "m,g\n0.1,1e-3\nend of the first part\n0.2,1e-3\n",
    "line 1: '0.l1 1e-3' is not a row of numbers": "0.l1 1e-3\n0.2 1e-3\n0.3 1e-3\n",
    "line 2: masses and couplings must be finite and positive, and no logarithms, not -3.5": "0.1 1\n0.2 -3.5\n",
    "line 1: masses and couplings must be finite and positive, and no logarithms, not 0": "0 1\n0.2 1\n",
    "line 2: masses and couplings must be finite and positive, and no logarithms, not nan": "0.1 1\n0.2 nan\n",
    "line 1: masses and couplings must be finite and positive, and no logarithms, not inf": "0.1 inf\n0.2 1\n",
    "masses reach 2e+08 GeV: give their unit with --mass-unit eV or MeV": "1e7 1e-3\n2e8 1e-3\n",
    "at mass 0.2 the upper coupling 1e-05 is below the lower 0.001": "0.1 1e-3 1\n0.2 1e-3 1e-5\n",
    "holds a grid, with the mass 0.1 in many rows": "# mass g r\n0.1 1e-5 32\n0.1 2e-5 31\n0.1 3e-5 30\n0.1 4e-5 9\n",
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
