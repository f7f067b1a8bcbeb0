"""`pacta init`: a workspace that conforms at once, and clear words where none can be made."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import pacta
from loader.errors import WorkspaceError
from loader.start.answers import QUESTIONS, Answers, check_answers
from loader.start.workspace import render_files, write_workspace

BASE = "https://treaties.example.org/"
PACTA = Path(sys.executable).with_name("pacta")


def answer(**given: str) -> Answers:
    """Return checked answers: those given, else a default of each question."""
    told: dict[str, str] = {"title": "Treaties"}
    for question in QUESTIONS:
        told[question.name] = given.get(question.name, told.get(question.name, "")) or (
            question.default(told)
        )
    return check_answers(told, line="1", requirement="pacta")


@pytest.mark.slow
def test_a_new_workspace_conforms_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither violation nor warning, laid out, every passage found."""
    folder = tmp_path / "treaties"
    command = ["init", str(folder), "--title", "Tratados", "--languages", "pt,es", "--base", BASE]
    assert 0 == pacta.main(command)
    written = capfd.readouterr().out.splitlines()
    assert sorted(written) == written
    assert {str(path) for path in folder.rglob("*") if path.is_file()} == set(written)
    monkeypatch.chdir(folder)
    assert 0 == pacta.main(["check"])
    assert "0 violations, 0 warnings" in capfd.readouterr().out
    assert 0 == pacta.main(["fmt", "--check"])
    assert 0 == pacta.main(["verify"])
    assert "passages found again" in capfd.readouterr().out


def test_the_files_are_what_their_names_say() -> None:
    """TOML, YAML and JSON parse, and hold what was answered."""
    texts = render_files(answer(title='Say "peace"', languages="zh-hant en"))
    publication = tomllib.loads(texts["pacta.toml"])
    assert 'Say "peace"' == publication["title"]["zh-hant"]
    assert ["zh-hant", "en"] == publication["languages"]
    assert ["seeds/schema.json"] == list(json.loads(texts[".vscode/settings.json"])["yaml.schemas"])
    workflow = yaml.safe_load(texts[".github/workflows/publish.yml"])
    steps = [step.get("run", "") for step in workflow["jobs"]["collection"]["steps"]]
    for command in ("pacta check", "pacta verify", "pacta freeze --out site"):
        assert any(command in step for step in steps), command
    hooks = yaml.safe_load(texts[".pre-commit-config.yaml"])["repos"][0]["hooks"]
    assert ["pacta fmt --check", "pacta check"] == [hook["entry"] for hook in hooks]
    assert "documents/" in texts[".gitignore"].splitlines()
    assert not any("{each:" in text or "{words:" in text for text in texts.values())


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("title", "", "--title is missing"),
        ("title", "two\nlines", "--title is 'two\\nlines', expected a text in one line"),
        ("languages", "EN", "'EN' is none"),
        ("languages", "qq", "'qq' is none"),
        ("languages", "english", "'english' is none"),
        ("languages", "pt,pt", "expected each language once"),
        ("base", "treaties.example.org", "--base is 'treaties.example.org'"),
        ("base", "https://example.org", "ends in a slash"),
        ("base", "https://example.org/?a=/", "without ? and #"),
        ("licence", "CC BY", "--licence is 'CC BY', expected an http(s) address"),
    ],
)
def test_a_wrong_answer_is_told_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, value: str, told: str
) -> None:
    """Exit code 2, the option by its name, and no folder."""
    given = {"title": "Treaties", option: value}
    options = [text for name, one in given.items() for text in (f"--{name}", one)]
    if not value:
        options = ["--base", BASE]
    assert 2 == pacta.main(["init", str(tmp_path / "new"), *options])
    assert told in capsys.readouterr().err
    assert [] == list(tmp_path.iterdir())


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    """Its file is named; a file in the place of the folder too; a `.git` may be there."""
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(WorkspaceError, match=r"not empty: it holds notes\.txt"):
        write_workspace(tmp_path, answer())
    assert ["notes.txt"] == [path.name for path in tmp_path.iterdir()]
    with pytest.raises(WorkspaceError, match="is a file"):
        write_workspace(tmp_path / "notes.txt", answer())
    (tmp_path / "clone" / ".git").mkdir(parents=True)
    assert write_workspace(tmp_path / "clone", answer())


def test_a_folder_that_cannot_be_written_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written before the error is taken back."""
    write = Path.write_bytes

    def fill_disk(self: Path, data: bytes) -> int:
        if self.name == "treaties.rq":
            raise OSError(28, "No space left on device")
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", fill_disk)
    with pytest.raises(WorkspaceError, match="No space left on device"):
        write_workspace(tmp_path / "deep" / "new", answer())
    assert [] == list(tmp_path.iterdir())


def test_a_terminal_is_asked(tmp_path: Path) -> None:
    """Each question with its default; an empty line takes it."""
    ours, theirs = pty.openpty()
    os.write(ours, b"Concessions of the Lake\n\n\n\n\n\n")
    done = subprocess.run(
        [PACTA, "init", "new"], cwd=tmp_path, stdin=theirs, capture_output=True, text=True
    )
    os.close(ours)
    os.close(theirs)
    assert 0 == done.returncode, done.stderr
    assert "Languages of labels and texts, the first one first [en]:" in done.stdout
    publication = tomllib.loads((tmp_path / "new" / "pacta.toml").read_text())
    assert (
        "Concessions of the Lake" == publication["title"]["en"] == publication["publisher"]["name"]
    )


@settings(max_examples=30)
@given(st.text(min_size=1, max_size=40))
def test_any_title_is_refused_or_kept(title: str) -> None:
    """A title that is taken stands in `pacta.toml` as it was given."""
    try:
        answers = answer(title=title)
    except WorkspaceError:
        return
    publication = tomllib.loads(render_files(answers)["pacta.toml"])
    assert title.strip() == publication["title"]["en"]
