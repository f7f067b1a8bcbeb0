"""From records to releases: build, check, verify, compare, choose, promise."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

from loader.commands.command import (
    FLAG,
    PROGRESS,
    Command,
    find_out,
    make_progress,
    open_named,
)
from loader.errors import ReleaseError, WorkspaceError
from loader.progress import Progress
from loader.rdf.counts import say_count
from loader.release.home import BUILD
from loader.settings import Settings
from loader.terminal import EXIT_DONE
from loader.workspace import (
    Publication,
    Workspace,
    check_base,
)


def run_build(arguments: argparse.Namespace, settings: Settings) -> int:
    """Build a release; one that is there already is verified and put in use."""
    from loader.write.digest import id_of
    from loader.write.staging import reuse_release

    progress = make_progress(arguments)
    workspace = open_named(settings)
    base = _base(settings, workspace.publication)
    release = reuse_release(find_out(settings), id_of(workspace, base))
    if release is not None:
        progress.note(f"Nothing has changed: release {release.id} is verified and in use.")
    else:
        from loader.pipeline import build

        release = build(workspace, base, replace(settings, out=str(find_out(settings))), progress)
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

    progress = make_progress(arguments)
    workspace = open_named(settings)
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
        f"{prepared.id}: {say_count(counts.triples, 'triple')}, "
        f"{say_count(counts.entities, 'entity', 'entities')}, "
        f"{say_count(len(prepared.report.violations), 'violation')}, "
        f"{say_count(len(prepared.report.warnings), 'warning')}"
    )
    return EXIT_DONE


def run_diff(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print added and removed statements of two releases, by entity."""
    from loader.release.diff import diff_releases, find_release, format_changes

    old, new = (find_release(name, find_out(settings)) for name in (arguments.old, arguments.new))
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

    out = find_out(settings)
    if arguments.release:
        print(f"in use: {use_release(out, arguments.release).path}")
        return EXIT_DONE
    current = current_release_id(out)
    kept, refused = list(list_releases(out)), list(list_refused(out))
    if not kept and not refused:
        print(f"{out}: no release is kept here; `pacta build` makes one", file=sys.stderr)
    for release in kept:
        mark = "*" if release.id == current else " "
        triples = say_count(release.manifest.counts.get("triples", 0), "triple")
        print(f"{mark} {release.id}  {release.manifest.issued}  {triples}")
    for path, error in refused:
        print(f"! {path.name}: {error.message}")
    return EXIT_DONE


def run_promise(arguments: argparse.Namespace, settings: Settings) -> int:
    """Keep the addresses of a published release, so that no later build loses one."""
    from loader.check.promises import keep_addresses
    from loader.release.diff import find_release
    from loader.release.opened import current_release

    workspace, out = open_named(settings), find_out(settings)
    release = find_release(arguments.release, out) if arguments.release else current_release(out)
    print(f"written: {keep_addresses(release, workspace.seeds)}")
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


def _base(settings: Settings, publication: Publication) -> str:
    """Return the base of the build, checked as one in `pacta.toml` would be."""
    return check_base(replace(publication, base=settings.base or publication.base)).base


COMMANDS: Final = (
    Command(
        "build",
        "seeds → validated release, put in use",
        ("pacta build", "pacta build --base https://treaties.example.org/ --out /srv/pacta"),
        ("workspace", "base", "out", "lock_wait_s", "lost_addresses", "changed_answers"),
        run_build,
        (PROGRESS,),
    ),
    Command(
        "check",
        "everything build does up to the report; nothing written",
        ("pacta check", "pacta check --expand seeds/treaties/peace-1920.yaml"),
        ("workspace", "base", "out"),
        run_check,
        (
            PROGRESS,
            ("--expand", {"metavar": "FILE", "help": "print a seed file as plain YAML-LD"}),
            ("--accept", FLAG | {"help": "write the rows that the questions give now"}),
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
            ("--all", FLAG | {"help": "the release's own description too"}),
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
)
