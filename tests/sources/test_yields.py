"""The script that counts mesons, on a few events, where the generators are installed."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "make_yields.py"


@pytest.mark.slow
def test_a_quick_run_prints_moments():
    pytest.importorskip("pythia8mc")
    pytest.importorskip("chromo")
    done = subprocess.run([sys.executable, str(SCRIPT), "--quick"], capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stderr
    moments = {}
    for line in done.stdout.splitlines():
        if "GeV" in line and "mb" in line:
            words = line.split()
            moments[words[0], float(words[1])] = dict(zip(words[5::2], map(float, words[6::2]), strict=True))
    assert len(moments) == 9
    assert moments["pythia", 1e3]["pi0"] == pytest.approx(0.040, rel=0.25)
    assert moments["sibyll", 1e3]["pi0"] == pytest.approx(0.037, rel=0.25)
    assert moments["charmonium", 1e5]["jpsi"] > 0
