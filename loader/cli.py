"""The loader's commands; the only module here that prints and chooses exit codes.

Each command is a row of `COMMANDS` and one function from parsed arguments to an exit code: 0 done,
1 the data does not conform, 2 bad input or usage, 3 our bug. Heavy libraries are imported inside
the functions, so that ``--help`` and a build that has nothing to do are quick.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from loader.errors import LoaderError, ReleaseError, WorkspaceError
from loader.options import SettingError, add_options, read_settings
from loader.progress import Progress
from loader.release.home import BUILD, releases_folder
from loader.settings import Settings
from loader.terminal import EXIT_DONE, EXIT_NONCONFORMING, is_colourful, run_safely
from loader.workspace import (
    Publication,
    Workspace,
    check_base,
    open_workspace,
    replace_file,
    sample_workspace,
)

Argument = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Command:
    """One subcommand.

    Attributes:
        name: as typed.
        help: one line.
        examples: lines for the end of ``--help``.
        settings: the settings it takes as options.
        run: what it does.
        arguments: what is no setting: name, and how argparse takes it.
    """

    name: str
    help: str
    examples: tuple[str, ...]
    settings: tuple[str, ...]
    run: Callable[[argparse.Namespace, Settings], int]
    arguments: tuple[Argument, ...] = ()


def run_build(arguments: argparse.Namespace, settings: Settings) -> int:
    """Build a release; one that is there already is verified and put in use."""
    from loader.write.digest import id_of
    from loader.write.staging import reuse_release

    progress = _progress(arguments)
    workspace = open_workspace(_folder(settings.workspace))
    base = _base(settings, workspace.publication)
    release = reuse_release(_out(settings), id_of(workspace, base))
    if release is not None:
        progress.note(f"Nothing has changed: release {release.id} is verified and in use.")
    else:
        from loader.pipeline import build

        release = build(workspace, base, replace(settings, out=str(_out(settings))), progress)
        if warnings := release.manifest.counts["warnings"]:
            progress.note(f"{warnings} warnings; `pacta check` lists those without explanation.")
        total = sum(stage.seconds for stage in progress.stages)
        progress.note(f"Release {release.id} is in use ({total:.1f} s).")
    print(release.path)
    return EXIT_DONE


def run_check(arguments: argparse.Namespace, settings: Settings) -> int:
    """Check everything and write nothing (but the expected rows, if asked to)."""
    from loader.check.questions import write_rows
    from loader.pipeline import prepare

    progress = _progress(arguments)
    workspace = open_workspace(_folder(settings.workspace))
    base = _base(settings, workspace.publication)
    if arguments.expand:
        print(_expanded(Path(arguments.expand), workspace, base), end="")
        return EXIT_DONE
    prepared = prepare(
        workspace, base, progress, answers="accept" if arguments.accept else "refuse"
    )
    for one in prepared.results:
        if one.result.is_unexplained:
            place = f"{one.at.path}:{one.at.line}:{one.at.column}: " if one.at else ""
            progress.warn(f"{place}rule {one.result.rule}: {one.result.message}")
    if arguments.accept:
        for path in write_rows(prepared.questions, prepared.store, base):
            print(f"written: {path}")
    _tell_changes(workspace, settings, progress)
    counts = prepared.counts
    print(
        f"{prepared.id}: {counts.triples} triples, {counts.entities} entities, "
        f"{len(prepared.report.violations)} violations, {len(prepared.report.warnings)} warnings"
    )
    return EXIT_DONE


def _tell_changes(workspace: Workspace, settings: Settings, progress: Progress) -> None:
    """Tell what of the package's differs from what the release in use was built with."""
    from loader.check.upgrade import list_package_changes
    from loader.release.opened import current_release

    out = Path(settings.out) if settings.out else workspace.root / BUILD
    try:
        release = current_release(out, verify=False)
    except ReleaseError:
        return  # nothing has been built yet, or the build will say what is wrong
    for line in list_package_changes(release, workspace):
        progress.warn(f"of Pacta's own, since release {release.id}: {line}")


def _expanded(file: Path, workspace: Workspace, base: str) -> str:
    from loader.read.ontology.vocabulary import read_vocabulary
    from loader.write.yamlld import expand_file, format_yaml

    try:
        data = file.read_bytes()
    except OSError as error:
        raise WorkspaceError(f"cannot be read: {error.strerror}", file) from None
    vocabulary = read_vocabulary(workspace.ontology, base, workspace.publication.languages[0])
    return format_yaml(expand_file(data, file, vocabulary, base))


def run_verify(arguments: argparse.Namespace, settings: Settings) -> int:
    """Find every passage of the register again in the documents."""
    from loader.read.sources.locate import verify
    from loader.read.sources.passages import FOLDER, read_register

    workspace = open_workspace(_folder(settings.workspace))
    findings = verify(workspace, _documents(settings, workspace))
    for finding in findings:
        print(finding, file=sys.stderr)
    if findings:
        print(f"{len(findings)} differences", file=sys.stderr)
        return EXIT_NONCONFORMING
    print(f"{len(read_register(workspace.seeds / FOLDER))} passages found again")
    return EXIT_DONE


def run_locate(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print the references of passages, ready to paste."""
    from loader.read.sources.locate import locate_words
    from loader.read.sources.lookups import explain_lookup, read_passages, shorten
    from loader.read.sources.passages import parse_reference

    workspace = open_workspace(_folder(settings.workspace))
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


def run_text(arguments: argparse.Namespace, settings: Settings) -> int:
    """Make texts of originals; print their records, ready to paste."""
    from loader.read.originals.adding import Details, add_originals

    workspace = open_workspace(_folder(settings.workspace))
    details = Details(arguments.handle, arguments.label, arguments.address, arguments.archived)
    made = add_originals(
        map(Path, arguments.files),
        workspace,
        _documents(settings, workspace),
        details,
        add=arguments.add,
    )
    for each in made:
        pages = f", {len(each.text.pages)} pages in {each.pages}" if each.pages else ""
        print(f"{each.file}: {len(each.text.text)} characters{pages}", file=sys.stderr)
        for note in each.text.notes:
            print(f"  {note}", file=sys.stderr)
    if arguments.add:
        print(f"added to {workspace.seeds / 'sources.yaml'}", file=sys.stderr)
    else:
        print("\n".join(each.entry for each in made), end="")
    return EXIT_DONE


def run_import(arguments: argparse.Namespace, settings: Settings) -> int:
    """Write the rows of a table as records, or draft the map that this needs."""
    from loader.importing import cli as importing

    workspace = open_workspace(_folder(settings.workspace))
    if arguments.suggest:
        importing.print_draft(Path(arguments.file), workspace)
        return EXIT_DONE
    importing.run_import(
        Path(arguments.file),
        importing.require_map(arguments.map),
        workspace,
        _documents(settings, workspace),
        _progress(arguments),
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
    for path in named or [open_workspace(_folder(settings.workspace)).seeds]:
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
        print(f"{changed} of {len(files)} files; to lay them out: pacta fmt", file=sys.stderr)
        return EXIT_NONCONFORMING
    return EXIT_DONE


def run_diff(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print added and removed statements of two releases, by entity."""
    from loader.release.diff import diff_releases, find_release, format_changes

    old, new = (find_release(name, _out(settings)) for name in (arguments.old, arguments.new))
    changes = diff_releases(old, new)
    shown = [c for c in changes if arguments.all or c.graph != "about"]
    for line in format_changes(shown):
        print(line)
    added = sum(c.added for c in changes)
    hidden = len(changes) - len(shown)
    rest = f" ({hidden} of them in the description of the release: --all)" if hidden else ""
    print(f"{added} added, {len(changes) - added} removed{rest}")
    return EXIT_DONE


def run_use(arguments: argparse.Namespace, settings: Settings) -> int:
    """Make a kept release the current one, or list those that are kept."""
    from loader.release.opened import current_release_id, list_refused, list_releases, use_release

    out = _out(settings)
    if arguments.release:
        print(f"in use: {use_release(out, arguments.release).path}")
        return EXIT_DONE
    current = current_release_id(out)
    for release in list_releases(out):
        mark = "*" if release.id == current else " "
        counts = release.manifest.counts
        print(f"{mark} {release.id}  {release.manifest.issued}  {counts.get('triples', 0)} triples")
    for path, error in list_refused(out):
        print(f"! {path.name}: {error.message}")
    return EXIT_DONE


def run_promise(arguments: argparse.Namespace, settings: Settings) -> int:
    """Keep the addresses of a published release, so that no later build loses one."""
    from loader.check.promises import keep_addresses
    from loader.release.diff import find_release
    from loader.release.opened import current_release

    workspace, out = open_workspace(_folder(settings.workspace)), Path(settings.out)
    release = find_release(arguments.release, out) if arguments.release else current_release(out)
    print(f"written: {keep_addresses(release, workspace.seeds)}")
    return EXIT_DONE


def run_query(arguments: argparse.Namespace, settings: Settings) -> int:
    """Run one query on a release, or on a remote endpoint."""
    from loader.asking import ask

    data = ask(
        arguments.query,
        arguments.release,
        arguments.format,
        settings,
        terminal=sys.stdout.isatty(),
    )
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.flush()
    return EXIT_DONE


def run_push(arguments: argparse.Namespace, settings: Settings) -> int:
    """Load a release into a remote SPARQL store, or tell what the store changed of it."""
    from loader.asking import endpoint_of
    from loader.release.diff import find_release
    from loader.release.opened import current_release
    from loader.release.push import check_pushed, count_kinds, push_release

    out = _out(settings)
    release = find_release(arguments.release, out) if arguments.release else current_release(out)
    endpoint = endpoint_of(settings, arguments.query_endpoint)
    if arguments.check:
        changes = check_pushed(release, endpoint)
    else:
        progress = _progress(arguments)
        changes = push_release(release, endpoint, settings.push_batch_bytes, progress.note)
    for kind, count, first in count_kinds(changes):
        print(f"{count} x {kind}, such as\n  {first.sent or '-'}\n  {first.held or '-'}")
    state = f"{len(changes)} statements otherwise" if changes else "all as in the release"
    quads = release.manifest.counts["quads"]
    print(f"{release.id}: {quads} statements at {endpoint.update}, {state}")
    return EXIT_NONCONFORMING if changes and arguments.check else EXIT_DONE


def run_schema(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print the JSON Schema of records, or write it where editors look for it."""
    from loader.read.schema import read_schema, render_schema, write_schema

    workspace = open_workspace(_folder(settings.workspace))
    if arguments.write:
        file = workspace.seeds / "schema.json"
        write_schema(workspace.ontology, file, workspace.publication.base)
        print(f"written: {file}")
    else:
        print(render_schema(read_schema(workspace.ontology, workspace.publication.base)), end="")
    return EXIT_DONE


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
    print(f"{len(written)} files written. Next: {after}", file=sys.stderr)
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


_FLAG: Final = {"action": "store_true"}
_TEXT: Final = {"default": ""}
_PROGRESS: Final = ("--progress", _FLAG | {"help": "tell the stages even without a terminal"})
_RELEASE: Final = ("--release", {"metavar": "RELEASE", "help": "id or folder (default: in use)"})
_REMOTE: Final = (
    "endpoint",
    "endpoint_user",
    "endpoint_password",
    "endpoint_auth",
    "endpoint_timeout_s",
)
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
        "build",
        "seeds → validated release, put in use",
        ("pacta build", "pacta build --base https://treaties.example.org/ --out /srv/pacta"),
        ("workspace", "base", "out", "lock_wait_s", "lost_addresses", "changed_answers"),
        run_build,
        (_PROGRESS,),
    ),
    Command(
        "check",
        "everything build does up to the report; nothing written",
        ("pacta check", "pacta check --expand seeds/treaties/peace-1920.yaml"),
        ("workspace", "base", "out"),
        run_check,
        (
            _PROGRESS,
            ("--expand", {"metavar": "FILE", "help": "print a seed file as plain YAML-LD"}),
            ("--accept", _FLAG | {"help": "write the rows that the questions give now"}),
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
            ("--add", _FLAG | {"help": "write the records into seeds/sources.yaml"}),
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
            ("--add", _FLAG | {"help": "write the passages into the register"}),
            ("--repeats", {"metavar": "REF", "help": "the passage that they copy"}),
        ),
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
            _PROGRESS,
            ("file", {"metavar": "TABLE", "help": "a file .csv, .tsv, .xlsx or .ttl"}),
            ("--map", {"metavar": "MAP", "help": "a YAML file: what the columns mean"}),
            ("--suggest", _FLAG | {"help": "print the draft of a map and do nothing else"}),
            ("--trial", _FLAG | {"help": "write nothing but the report"}),
            (
                "--overwrite",
                _FLAG | {"help": "also write records that were edited or taken away by hand"},
            ),
            ("--every", _FLAG | {"help": "name every place in the printed report, not the first"}),
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
            ("--check", _FLAG | {"help": "change nothing; name the files to be changed, exit 1"}),
        ),
    ),
    Command(
        "diff",
        "added and removed statements, by entity",
        ("pacta diff 2026.11-0123abcd 2026.11-4567cdef",),
        ("out", "workspace"),
        run_diff,
        (
            ("old", {"metavar": "RELEASE", "help": "id or folder"}),
            ("new", {"metavar": "RELEASE", "help": "id or folder"}),
            ("--all", _FLAG | {"help": "the release's own description too"}),
        ),
    ),
    Command(
        "use",
        "make a kept release the current one; without a name, list them",
        ("pacta use", "pacta use 2026.11-0123abcd"),
        ("out", "workspace"),
        run_use,
        (("release", {"metavar": "RELEASE", "nargs": "?", "help": "id; none lists them"}),),
    ),
    Command(
        "promise",
        "the addresses of a published release, kept for every later build",
        ("pacta promise", "pacta promise 2026.11-0123abcd"),
        ("workspace", "out"),
        run_promise,
        (
            (
                "release",
                {"metavar": "RELEASE", "nargs": "?", "help": "id or folder (default: in use)"},
            ),
        ),
    ),
    Command(
        "query",
        "one query, on a release or an endpoint",
        (
            "pacta query 'SELECT * { ?s a <https://w3id.org/pacta/ns#Treaty> }'",
            "pacta query queries/q-vilnius-on-four-days.rq --format csv",
            "pacta query --endpoint http://localhost:8000/sparql 'ASK {}'",
        ),
        ("out", "base", "workspace", *_REMOTE),
        run_query,
        (
            ("query", {"metavar": "QUERY-OR-FILE", "help": "SPARQL, a file, or - for input"}),
            _RELEASE,
            (
                "--format",
                {
                    "metavar": "F",
                    "default": "table",
                    "help": "table json xml csv tsv, for triples ttl nt jsonld rdf "
                    "(default: table, or ttl)",
                },
            ),
        ),
    ),
    Command(
        "push",
        "load a release into a remote SPARQL store",
        (
            "pacta push --endpoint http://store:7878/update --graph-store http://store:7878/store",
            "PACTA_ENDPOINT_PASSWORD=… pacta push --endpoint http://store:8890/sparql-auth \\\n"
            "    --endpoint-user dba --endpoint-auth digest \\\n"
            "    --graph-store http://store:8890/sparql-graph-crud-auth",
            "pacta push --check --endpoint http://store:7878/update",
        ),
        ("out", "workspace", *_REMOTE, "graph_store", "push_batch_bytes"),
        run_push,
        (
            _PROGRESS,
            _RELEASE,
            (
                "--query-endpoint",
                {"metavar": "URL", "help": "where the store answers queries, if elsewhere"},
            ),
            (
                "--check",
                _FLAG | {"help": "send nothing; tell what the store holds otherwise, exit 1"},
            ),
        ),
    ),
    Command(
        "schema",
        "the JSON Schema of records, for editors",
        ("pacta schema", "pacta schema --write"),
        ("workspace",),
        run_schema,
        (("--write", _FLAG | {"help": "write seeds/schema.json"}),),
    ),
)


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the loader's commands to the subcommands of `pacta`; parsed arguments get `run`."""
    for command in COMMANDS:
        parser = commands.add_parser(
            command.name,
            help=command.help,
            description=command.help[0].upper() + command.help[1:] + ".",
            epilog="examples:\n" + "".join(f"  {line}\n" for line in command.examples),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        for name, options in command.arguments:
            parser.add_argument(name, **options)
        add_options(parser, Settings, command.settings)
        if "workspace" in command.settings:
            parser.add_argument(
                "--sample",
                dest="workspace",
                action="store_const",
                const=str(sample_workspace()),
                help="the collection that comes with Pacta",
            )
        parser.set_defaults(run=_runner(command))


def _runner(command: Command) -> Callable[[argparse.Namespace], int]:
    def run(arguments: argparse.Namespace) -> int:
        return run_safely(lambda: _run(command, arguments))

    return run


def _run(command: Command, arguments: argparse.Namespace) -> int:
    try:
        settings = read_settings(Settings, vars(arguments), os.environ)
    except SettingError as error:
        raise WorkspaceError(str(error)) from None
    return command.run(arguments, settings)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the loader's commands alone (`python -m loader`)."""
    parser = argparse.ArgumentParser(prog="pacta", description="Build releases of Pacta.")
    add_commands(parser.add_subparsers(metavar="COMMAND", required=True))
    arguments = parser.parse_args(argv)
    run: Callable[[argparse.Namespace], int] = arguments.run
    return run(arguments)


def _folder(text: str) -> Path | None:
    return Path(text) if text else None


def _out(settings: Settings) -> Path:
    """Return the folder of releases; the sample's own folder is not written into."""
    if settings.workspace == str(sample_workspace()):
        return Path(settings.out or BUILD)
    return releases_folder(settings.out, Path(settings.workspace))


def _documents(settings: Settings, workspace: Workspace) -> Path:
    return Path(settings.documents) if settings.documents else workspace.root / "documents"


def _base(settings: Settings, publication: Publication) -> str:
    """Return the base of the build, checked as one in `pacta.toml` would be."""
    return check_base(replace(publication, base=settings.base or publication.base)).base


def _progress(arguments: argparse.Namespace) -> Progress:
    terminal = sys.stderr.isatty()
    return Progress(sys.stderr, terminal or arguments.progress, is_colourful(sys.stderr))
