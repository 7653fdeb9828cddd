"""Every command that a document tells of is one: its words are known, its subject is found, and what is cheap is run."""

import contextlib
import functools
import io
import json
import pathlib
import re
import shlex

import pytest

from jaxdump.cli import entry
from jaxdump.cli.commands.common import subject
from jaxdump.cli.parser import parser
from jaxdump.cli.request import request

ROOT = pathlib.Path(__file__).parent.parent
NOTEBOOKS, PAGES = sorted((ROOT / "notebooks").glob("*.ipynb")), sorted((ROOT / "docs").rglob("*.md"))
DOCUMENTS = [ROOT / "README.md", *PAGES, *NOTEBOOKS, ROOT / "Makefile"]
COMMAND = re.compile(r"@?(?:\S*/)?jaxdump ([a-z-].*?)\s*(?:#.*|>.*)?")
PLACEHOLDER = re.compile(r"\b[A-Z]{2,}\b|\[|\.\.\.|\|")
MAKE = re.compile(r"make ([a-z]+)")
RUNS = re.search(r"^RUNS := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[1]


@functools.cache
def told() -> list[str]:
    """All lines of documents, and all that is in backticks in their words."""
    pieces = []
    for document in DOCUMENTS:
        text = document.read_text().replace("\\n", "\n").replace("$(RUNS)", RUNS).replace("$(BIN)", ".venv/bin")
        words = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
        pieces += [*text.splitlines(), *re.findall(r"`([^`]+)`", words)]
    return [re.sub(r"\s+", " ", piece.strip(' \t",')) for piece in pieces]


COMMANDS = sorted({match[1] for piece in told() if (match := COMMAND.fullmatch(piece))})
REAL = [words for words in COMMANDS if not PLACEHOLDER.search(words)]
FIRST = next(words for words in REAL if words.startswith("limit na64mu-2022,na64mu-1e13 alp-photon"))
USAGES = sorted(set(COMMANDS) - set(REAL))


@functools.cache
def help_of(command: str) -> str:
    """What a command says of itself."""
    told = io.StringIO()
    with contextlib.redirect_stdout(told), contextlib.suppress(SystemExit):
        entry.main([command, "--help"])
    return told.getvalue()


def test_documents_tell_of_all_commands():
    assert len(REAL) >= 6
    assert {words.split()[0] for words in COMMANDS} >= {"list", "xsec", "events", "limit", "flux", "compare", "contours", "fit"}


@pytest.mark.parametrize("usage", USAGES)
def test_words_of_a_usage_are_known(usage):
    rule = next(piece for piece in told() if piece.startswith("[--region NAME]"))
    command, *words = re.findall(r"[\w-]+", usage.replace("[RULE]", rule))
    for word in words:
        if word.startswith("--"):
            assert f"{word} " in help_of(command) + " ", usage


@pytest.mark.parametrize("words", REAL)
def test_a_command_is_parsed_and_its_subject_found(words, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    if words.startswith("-"):
        assert words.split()[0] in parser().format_help()
        return
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "limit_alp-photon.run.json").write_text(json.dumps({"arguments": shlex.split(FIRST)}))
    asked = request(shlex.split(words))
    if asked.theory and ".py:" not in words:  # a file that the notebook writes and runs
        runs, _, theory, _ = subject(asked)
        assert tuple(run.name for run in runs) == asked.experiments
        assert theory.name == asked.theory


def test_the_first_command_of_the_readme_runs(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert entry.main(shlex.split(FIRST)) == 0
    assert (tmp_path / "results" / "limit_alp-photon.run.json").exists()
    assert "na64mu-1e13" in capsys.readouterr().out


def test_the_table_of_the_readme_is_what_its_command_prints(capsys):
    command, shown = re.search(r"```\njaxdump (limit .*)\n```\n\n```\n(.*?)```", DOCUMENTS[0].read_text(), re.DOTALL).groups()
    assert entry.main(shlex.split(command)) == 0
    printed, shown = ([line.split() for line in text.splitlines()] for text in (capsys.readouterr().out, shown))
    assert printed[0] == shown[0]
    for new, old in zip(printed[1:], shown[1:], strict=True):
        assert [*new[:3], new[5]] == [*old[:3], old[5]]
        for number, wanted in zip(new[3:5], old[3:5], strict=True):
            assert number == wanted == "-" or float(number) == pytest.approx(float(wanted), rel=1e-4)


def test_what_is_made_has_a_rule():
    rules = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    asked = {match[1] for piece in told() if (match := MAKE.match(piece))}
    assert asked >= {"demo", "test"}
    assert asked <= set(rules)


@pytest.mark.parametrize("page", DOCUMENTS[: 1 + len(PAGES)], ids=lambda page: str(page.relative_to(ROOT)))
def test_links_of_a_page_lead_somewhere(page):
    for link in re.findall(r"\]\(([^)#]+)", page.read_text()):
        assert link.startswith("https://") or (page.parent / link).exists(), link
