"""A workspace and its records: begin, read originals and tables, find passages, lay out."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from loader.commands.command import (
    FLAG,
    PROGRESS,
    Argument,
    Command,
    make_progress,
    open_named,
)
from loader.errors import LoaderError, WorkspaceError
from loader.rdf.counts import say_count
from loader.settings import Settings
from loader.terminal import EXIT_DONE, EXIT_NONCONFORMING
from loader.workspace import (
    Workspace,
    replace_file,
)


def run_init(arguments: argparse.Namespace, settings: Settings) -> int:
    """Write the workspace of a new collection, with one worked example."""
    from loader.start.answers import QUESTIONS, check_answers
    from loader.start.workspace import write_workspace
    from loader.write.digest import program_version

    given: dict[str, str] = {}
    for question in QUESTIONS:
        answer = getattr(arguments, question.name)
        default = question.default(given)
        if answer is None and sys.stdin.isatty():
            answer = _ask(question.text, default)
        given[question.name] = answer or default
    answers = check_answers(
        given,
        line=arguments.line,
        requirement=arguments.requirement or f"pacta=={program_version()}",
    )
    folder = Path(arguments.folder)
    written = write_workspace(folder, answers)
    for path in written:
        print(path)
    after = f"cd {folder}, then pacta check, pacta build, pacta serve"
    print(f"{say_count(len(written), 'file')} written. Next: {after}", file=sys.stderr)
    return EXIT_DONE


def run_text(arguments: argparse.Namespace, settings: Settings) -> int:
    """Make texts of originals; print their records, ready to paste."""
    from loader.read.originals.adding import Details, add_originals

    workspace = open_named(settings)
    details = Details(arguments.handle, arguments.label, arguments.address, arguments.archived)
    made = add_originals(
        map(Path, arguments.files),
        workspace,
        _documents(settings, workspace),
        details,
        add=arguments.add,
    )
    for each in made:
        pages = f", {say_count(len(each.text.pages), 'page')} in {each.pages}" if each.pages else ""
        print(f"{each.file}: {say_count(len(each.text.text), 'character')}{pages}", file=sys.stderr)
        for note in each.text.notes:
            print(f"  {note}", file=sys.stderr)
    if arguments.add:
        print(f"added to {workspace.seeds / 'sources.yaml'}", file=sys.stderr)
    else:
        print("\n".join(each.entry for each in made), end="")
    return EXIT_DONE


def run_locate(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print the references of passages, ready to paste."""
    from loader.read.sources.locate import locate_words
    from loader.read.sources.lookups import explain_lookup, read_passages, shorten
    from loader.read.sources.passages import parse_reference

    workspace = open_named(settings)
    repeats = parse_reference(arguments.repeats) if arguments.repeats else None
    if arguments.repeats and repeats is None:
        raise WorkspaceError(f"{arguments.repeats!r} is no reference such as 001@1320-1346")
    passages = [*arguments.words, *read_passages(arguments.passages)]
    if not passages:
        raise WorkspaceError("no words are given", hint="Give them, or --passages FILE.")
    found = locate_words(
        workspace.seeds,
        _documents(settings, workspace),
        arguments.document,
        passages,
        add=arguments.add,
        repeats=repeats,
    )
    errors = [
        explain_lookup(each, arguments.document)
        for each in found
        if not each.places or (len(each.places) > 1 and (arguments.add or len(found) > 1))
    ]
    for each in found:
        if each.other_form:
            print(f"{each.places[0].passage.reference}: in another form there", file=sys.stderr)
        if len(found) == 1:
            for one in each.places if not errors else ():
                print(one.passage.reference)
        elif len(each.places) == 1:
            print(f"- {{evidence: {each.places[0].passage.reference}}}  # {shorten(each.words)}")
    if problem := LoaderError.together(errors):
        raise problem
    return EXIT_DONE


def run_verify(arguments: argparse.Namespace, settings: Settings) -> int:
    """Find every passage of the register again in the documents."""
    from loader.read.sources.locate import verify
    from loader.read.sources.passages import FOLDER, read_register

    workspace = open_named(settings)
    findings = verify(workspace, _documents(settings, workspace))
    for finding in findings:
        print(finding, file=sys.stderr)
    if findings:
        print(say_count(len(findings), "difference"), file=sys.stderr)
        return EXIT_NONCONFORMING
    print(f"{say_count(len(read_register(workspace.seeds / FOLDER)), 'passage')} found again")
    return EXIT_DONE


def run_import(arguments: argparse.Namespace, settings: Settings) -> int:
    """Write the rows of a table as records, or draft the map that this needs."""
    from loader.importing import cli as importing

    workspace = open_named(settings)
    if arguments.suggest:
        importing.print_draft(Path(arguments.file), workspace)
        return EXIT_DONE
    importing.run_import(
        Path(arguments.file),
        importing.require_map(arguments.map),
        workspace,
        _documents(settings, workspace),
        make_progress(arguments),
        overwrite=arguments.overwrite,
        is_trial=arguments.trial,
        every=arguments.every,
    )
    return EXIT_DONE


def run_fmt(arguments: argparse.Namespace, settings: Settings) -> int:
    """Write record files in the one layout, or name those that are not in it."""
    from loader.read.layout import lay_out

    named = [Path(name) for name in arguments.files]
    files = []
    for path in named or [open_named(settings).seeds]:
        files.extend(sorted(path.rglob("*.yaml")) if path.is_dir() else [path])
    errors: list[LoaderError] = []
    changed = 0
    for file in files:
        try:
            before = file.read_bytes()
            after = lay_out(before, file)
            if before != after:
                changed += 1
                if not arguments.check:
                    replace_file(file, after)
                print(f"{file}: {'is not laid out' if arguments.check else 'laid out'}")
        except OSError as error:
            errors.append(WorkspaceError(f"cannot be read: {error.strerror}", file))
        except LoaderError as error:
            errors.append(error)
    if problem := LoaderError.together(errors):
        raise problem
    if arguments.check and changed:
        print(
            f"{changed} of {say_count(len(files), 'file')}; to lay them out: pacta fmt",
            file=sys.stderr,
        )
        return EXIT_NONCONFORMING
    return EXIT_DONE


def run_schema(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print the JSON Schema of records, or write it where editors look for it."""
    from loader.read.schema import read_schema, render_schema, write_schema

    workspace = open_named(settings)
    if arguments.write:
        file = workspace.seeds / "schema.json"
        write_schema(workspace.ontology, file, workspace.publication.base)
        print(f"written: {file}")
    else:
        print(render_schema(read_schema(workspace.ontology, workspace.publication.base)), end="")
    return EXIT_DONE


def _ask(text: str, default: str) -> str:
    """Return what somebody types at a prompt; empty for the default or at the end of the input."""
    shown = f" [{default}]" if default else ""
    try:
        return input(f"{text[:1].upper()}{text[1:]}{shown}: ").strip()
    except EOFError:
        return ""


def _questions() -> tuple[Argument, ...]:
    from loader.start.answers import QUESTIONS

    return tuple(
        (f"--{each.name.replace('_', '-')}", {"metavar": each.metavar, "help": each.text})
        for each in QUESTIONS
    )


def _documents(settings: Settings, workspace: Workspace) -> Path:
    return Path(settings.documents) if settings.documents else workspace.root / "documents"


_TEXT: Final = {"default": ""}

COMMANDS: Final = (
    Command(
        "init",
        "the workspace of a new collection, with one worked example",
        (
            "pacta init treaties",
            'pacta init treaties --title "Tratados" --languages pt,es '
            "--base https://treaties.example.org/",
        ),
        (),
        run_init,
        (
            ("folder", {"metavar": "DIR", "help": "where; absent or empty"}),
            *_questions(),
            (
                "--line",
                {
                    "metavar": "NAME",
                    "default": "1",
                    "help": "first part of every release's name (default: 1)",
                },
            ),
            (
                "--requirement",
                {
                    "metavar": "TEXT",
                    "default": "",
                    "help": "what pip installs Pacta from, in the workflow (default: this version)",
                },
            ),
        ),
    ),
    Command(
        "text",
        "a PDF, Word or HTML file → the text that passages are cut from, with its pages",
        (
            "pacta text treaty.pdf",
            "pacta text treaty.pdf --label 'Treaty of Nanking' --add",
            "pacta text page.html --address https://example.org/treaty",
        ),
        ("workspace", "documents"),
        run_text,
        (
            ("files", {"metavar": "FILE", "nargs": "+", "help": "ends in .pdf, .docx or .html"}),
            ("--add", FLAG | {"help": "write the records into seeds/sources.yaml"}),
            ("--handle", _TEXT | {"metavar": "H", "help": "its number (default: the next one)"}),
            ("--label", _TEXT | {"help": "what it is called (default: the name of the file)"}),
            ("--address", _TEXT | {"metavar": "URL", "help": "where the original is on the web"}),
            ("--archived", _TEXT | {"metavar": "URL", "help": "its copy in a web archive"}),
        ),
    ),
    Command(
        "locate",
        "the reference of a passage, ready to paste",
        (
            'pacta locate 003 "12 July 1920"',
            'pacta locate 003 "12 July 1920 in Moscow" "nine men" --add',
            "pacta locate 003 --passages copied.txt",
        ),
        ("workspace", "documents"),
        run_locate,
        (
            ("document", {"metavar": "DOCUMENT", "help": "its number, such as 003"}),
            ("words", {"metavar": "WORDS", "nargs": "*", "help": "the words of a passage"}),
            (
                "--passages",
                _TEXT | {"metavar": "FILE", "help": "a file of passages, parted by empty lines"},
            ),
            ("--add", FLAG | {"help": "write the passages into the register"}),
            ("--repeats", {"metavar": "REF", "help": "the passage that they copy"}),
        ),
    ),
    Command(
        "verify",
        "every passage found again in the documents, by offset and digest",
        ("pacta verify --documents ../documents",),
        ("workspace", "documents"),
        run_verify,
    ),
    Command(
        "import",
        "the rows of a table → records with their evidence",
        (
            "pacta import treaties.xlsx --suggest > imports/treaties.map.yaml",
            "pacta import treaties.xlsx --map imports/treaties.map.yaml --trial",
            "pacta import treaties.xlsx --map imports/treaties.map.yaml",
        ),
        ("workspace", "documents"),
        run_import,
        (
            PROGRESS,
            ("file", {"metavar": "TABLE", "help": "a file .csv, .tsv, .xlsx or .ttl"}),
            ("--map", {"metavar": "MAP", "help": "a YAML file: what the columns mean"}),
            ("--suggest", FLAG | {"help": "print the draft of a map and do nothing else"}),
            ("--trial", FLAG | {"help": "write nothing but the report"}),
            (
                "--overwrite",
                FLAG | {"help": "also write records that were edited or taken away by hand"},
            ),
            ("--every", FLAG | {"help": "name every place in the printed report, not the first"}),
        ),
    ),
    Command(
        "fmt",
        "record files in the one layout; comments and facts stay as they are",
        ("pacta fmt", "pacta fmt seeds/treaties/peace-1920.yaml", "pacta fmt --check"),
        ("workspace",),
        run_fmt,
        (
            (
                "files",
                {"metavar": "FILE", "nargs": "*", "help": "files or folders (default: seeds)"},
            ),
            ("--check", FLAG | {"help": "change nothing; name the files to be changed, exit 1"}),
        ),
    ),
    Command(
        "schema",
        "the JSON Schema of records, for editors",
        ("pacta schema", "pacta schema --write"),
        ("workspace",),
        run_schema,
        (("--write", FLAG | {"help": "write seeds/schema.json"}),),
    ),
)
