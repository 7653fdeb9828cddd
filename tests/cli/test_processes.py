"""The command as a process: signals, streams, folders that it writes together with others, and what it leaves as it was."""

import contextlib
import io
import json
import os
import platform
import signal
import subprocess
import sys
import threading
from pathlib import Path

import jax
import pytest
from terminal import complaint, run

from jaxdump.cli import entry, folders, output, process
from jaxdump.cli.entry import prepare_jax  # the tests put another in its place
from jaxdump.numerics import programs

WRITER = """
import pathlib, sys, time
from jaxdump.cli import folders
from jaxdump.cli import process
process.begin()
with folders.written_whole(pathlib.Path(sys.argv[1]), "limit") as draft:
    (draft.folder / "half").write_text("done")
    process.answer("begun")
    time.sleep(60)
"""
ENDINGS = {signal.SIGTERM: "stopped by SIGTERM", signal.SIGHUP: "stopped by SIGHUP", signal.SIGINT: "interrupted"}


def python(code, *arguments):
    """A process that runs code of the package, without jax."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def shell(before, streams, *arguments):
    """Python as a shell starts it, after something else and with its streams elsewhere."""
    line = f'{before}; exec "$@" {streams}'
    words = ["sh", "-c", line, "sh", sys.executable, *arguments]
    return subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.parametrize("number", ENDINGS, ids=lambda number: number.name)
def test_a_signal_leaves_nothing_behind(tmp_path, number):
    writer = python(WRITER, tmp_path / "out")
    assert writer.stdout.readline() == "begun\n"
    (draft,) = tmp_path.iterdir()
    assert draft.name.startswith(f".jaxdump-{platform.node()}-{writer.pid}-")
    writer.send_signal(number)
    assert writer.communicate(timeout=30) == ("", f"jaxdump: {ENDINGS[number]}\n")
    assert (writer.returncode, list(tmp_path.iterdir())) == (128 + number, [])


AT_FIRST = """
import signal, sys
class Stop:
    def find_spec(self, name, path=None, target=None):
        if name == "jaxdump.cli.entry":
            signal.raise_signal(signal.SIGINT)
sys.meta_path.insert(0, Stop())
from jaxdump.cli.start import script
print(sorted({"argparse", "typing", "rich", "jaxdump.cli.process"} & set(sys.modules)), flush=True)
script()
"""


def test_an_interrupt_is_quiet_from_the_first_moment():
    begun = python(AT_FIRST)
    assert begun.communicate(timeout=30) == ("[]\n", "jaxdump: interrupted\n")
    assert begun.returncode == 128 + signal.SIGINT


HUNG_UP = """
import signal
from jaxdump.cli import process
process.begin()
signal.raise_signal(signal.SIGHUP)
process.answer("alive")
"""


def test_what_is_ignored_stays_ignored():
    told = shell("trap '' HUP", "", "-c", HUNG_UP)
    assert (told.stdout, told.stderr) == ("alive\n", "")


def test_drafts_of_ended_processes_are_removed(tmp_path):
    ended = python("")
    ended.communicate(timeout=30)
    names = {
        "gone": f".jaxdump-{platform.node()}-{ended.pid}-abc",
        "alive": f".jaxdump-{platform.node()}-{os.getppid()}-abc",
        "elsewhere": f".jaxdump-another-{ended.pid}-abc",
        "other": ".jaxdump-abcdefgh",
    }
    for name in names.values():
        (tmp_path / name).mkdir()
    with folders.written_whole(tmp_path, "limit"):
        pass
    assert {name for name in names if (tmp_path / names[name]).exists()} == {"alive", "elsewhere", "other"}


def test_results_that_end_together_are_not_mixed(tmp_path):
    names = [f"limit_x.{ending}" for ending in folders.ENDINGS]

    def write(text: str, together: threading.Barrier) -> None:
        with folders.written_whole(tmp_path, "limit") as draft:
            for name in names:
                (draft.folder / name).write_text(text)
            together.wait()

    for _ in range(40):
        together = threading.Barrier(4)
        writers = [threading.Thread(target=write, args=(text, together)) for text in "abcd"]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert len({(tmp_path / name).read_text() for name in names}) == 1


def test_signals_wait_until_a_result_is_whole():
    done = []
    with pytest.raises(KeyboardInterrupt):
        busy(done)
    assert done == ["whole"]


def busy(done):
    with process.undisturbed():
        signal.raise_signal(signal.SIGINT)
        done.append("whole")


def test_a_full_disk_is_told_with_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with (
        pytest.raises(ValueError, match=r"cannot write .*out/limit_x.csv: No space left on device"),
        folders.written_whole(tmp_path / "out", "limit") as draft,
    ):
        (draft.folder / "limit_x.csv").write_text("x")
    with (
        pytest.raises(ValueError, match=r"cannot write .*out/limit_x.png: No space left on device"),
        folders.written_whole(tmp_path / "out", "limit") as draft,
        draft.file("limit_x.png"),
    ):
        raise OSError(28, "No space left on device")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


VERSION = ("-m", "jaxdump", "--version")
"""The quickest command."""


def test_a_closed_or_full_standard_output_gets_one_line():
    closed = shell("true", ">&-", *VERSION)
    assert (closed.returncode, closed.stderr.count("\n")) == (2, 1)
    assert closed.stderr.startswith("jaxdump: standard output is closed")
    full = shell("true", ">/dev/full", *VERSION)
    assert (full.returncode, full.stderr) == (2, "jaxdump: cannot write standard output: No space left on device\n")
    silent = shell("true", "2>&-", *VERSION)
    assert (silent.returncode, silent.stdout.split()[0]) == (0, "jaxdump")


def test_a_reader_that_has_seen_enough_gets_no_complaint():
    read, write = os.pipe()
    os.close(read)
    told = subprocess.run([sys.executable, *VERSION], stdout=write, stderr=subprocess.PIPE, text=True, timeout=30, check=False)
    os.close(write)
    assert (told.returncode, told.stderr) == (0, "")


def test_only_answers_are_on_standard_output():
    code = "import os\nfrom jaxdump.cli import process\nprocess.begin()\nos.system('echo other')\nprocess.answer('answer')"
    assert python(code).communicate(timeout=30) == ("answer\n", "other\n")


def test_a_platform_that_is_not_there_gets_one_line():
    told = run("doctor", JAX_PLATFORMS="nowhere")
    assert (told.returncode, told.stdout, told.stderr.count("\n")) == (2, "", 1)
    assert told.stderr.startswith("jaxdump: jax finds no device for JAX_PLATFORMS=nowhere: unset it, or set it to cpu")


def test_programs_are_kept_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.delenv("JAX_COMPILATION_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert process.cache_folder() == tmp_path / "jaxdump"
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(tmp_path / "jax"))
    assert process.cache_folder() == tmp_path / "jax" / "jaxdump"
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", "gs://bucket/jax")
    assert process.cache_folder() is None
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(tmp_path / "file"))
    assert process.cache_folder() is None


def test_a_user_without_a_home_has_no_cache_and_leaves_no_fonts(monkeypatch, tmp_path):
    def homeless():
        raise RuntimeError("Could not determine home directory.")

    for name in ("JAX_COMPILATION_CACHE_DIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert process.cache_folder() is None
    with process.place_for_fonts():
        assert Path(os.environ["MPLCONFIGDIR"]).parent == tmp_path
    assert list(tmp_path.iterdir()) == []
    monkeypatch.delenv("MPLCONFIGDIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with process.place_for_fonts():
        assert os.environ["MPLCONFIGDIR"] == str(tmp_path / "jaxdump" / "matplotlib")
    monkeypatch.delenv("MPLCONFIGDIR")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with process.place_for_fonts():
        assert "MPLCONFIGDIR" not in os.environ


@pytest.mark.parametrize("home", ["/proc", "/dev/null", "/proc/self/nowhere"])
def test_a_home_where_nothing_can_be_made_is_none(monkeypatch, tmp_path, home):
    for name in ("JAX_COMPILATION_CACHE_DIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MPLCONFIGDIR", "")
    monkeypatch.delenv("MPLCONFIGDIR")
    monkeypatch.setenv("HOME", home)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert process.cache_folder() is None
    with process.place_for_fonts():
        assert Path(os.environ["MPLCONFIGDIR"]).parent == tmp_path
    monkeypatch.setenv("HOME", str(tmp_path))
    assert process.cache_folder() == tmp_path / ".cache" / "jaxdump"
    assert list(tmp_path.iterdir()) == []


def test_a_program_that_runs_a_command_keeps_its_settings(monkeypatch, tmp_path):
    monkeypatch.setattr(entry, "prepare_jax", prepare_jax)
    monkeypatch.delenv("JAX_COMPILATION_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    seen = {}
    monkeypatch.setattr(
        "jaxdump.cli.commands.run", lambda args: seen.update(jax.config.values, folder=programs.Store.folder) or 0
    )
    before, environment = dict(jax.config.values), dict(os.environ)
    assert entry.main(["list"]) == 0
    assert (dict(jax.config.values), dict(os.environ), programs.Store.folder) == (before, environment, None)
    assert seen["jax_compilation_cache_dir"] == str(tmp_path / "jaxdump")
    assert seen["folder"].parent == tmp_path / "jaxdump"


def test_a_forked_process_is_told_not_to_wait(monkeypatch):
    monkeypatch.setattr(programs.Store, "process", os.getppid())
    with pytest.raises(RuntimeError, match=r'was forked after jax had run: .*get_context\("spawn"\)'):
        programs.Program(lambda count: count)(1)


def test_version_as_json(capsys):
    assert entry.main(["--version", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (set(told), told["jax"]) == ({"jaxdump", "jax", "python"}, jax.__version__)
    assert entry.main(["--version"]) == 0
    assert capsys.readouterr().out == f"jaxdump {told['jaxdump']}\n"


@pytest.mark.parametrize(
    "words", [("limit", "na64\nmu", "alp\r\nphoton"), ("list", "a\nb"), ("li\u2028st",), ("limit", "--mass\x1b[2J", "\x85"), ()]
)
def test_whatever_is_given_an_error_is_one_line(capsys, words):
    told = complaint(capsys, *words)
    assert told[:-1].isprintable()


def test_progress_takes_words_as_they_are(monkeypatch):
    screen = io.StringIO()
    screen.isatty = lambda: True
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", screen)
    with output.progress(2, "x[/red] [bold]$") as advance:
        advance(1)
    assert "x[/red] [bold]$" in screen.getvalue()
    with contextlib.redirect_stderr(None), output.progress(1) as advance:
        advance(1)
