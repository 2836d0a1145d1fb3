"""Turns a buildspec and what the user asked for into a build beside all others of the project."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from bigflow.builder.buildspec.batch import chosen_entry
from bigflow.builder.buildspec.checkout import source_facts
from bigflow.builder.buildspec.commands import Commands
from bigflow.builder.buildspec.finalizing import Finalizing
from bigflow.builder.buildspec.grammar import PHASES, BatchEntry, Buildspec
from bigflow.builder.buildspec.order import Bucket, Job, Surroundings
from bigflow.builder.buildspec.parsing import parse_buildspec
from bigflow.builder.buildspec.provisioning import Provisioning
from bigflow.builder.buildspec.site import Site, new_site
from bigflow.builder.buildspec.uploading import Uploading
from bigflow.builder.events import BuildListener
from bigflow.builder.history.kept import BUILDS
from bigflow.builder.opening import EARLIEST, open_project
from bigflow.builder.report import BuildReport
from bigflow.builder.selection import Phase
from bigflow.builder.session import Ask, Opened, Place, conduct
from bigflow.builder.settings import Settings
from bigflow.builder.step import Project, Step
from bigflow.errors import Finding, UsageError
from bigflow.project.git import Repository, open_repository
from bigflow.project.layout import find_root
from bigflow.project.spec import bare_spec
from bigflow.project.version import commit_version


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which buildspec, and how it is to be run."""

    file: str  # where it lies
    in_place: bool = False
    bucket: Bucket | None = None
    batch_entry: str | None = None
    use_cache: bool = True


def build_buildspec(place: Place, wanted: Wanted, around: Surroundings, ask: Ask, tell: BuildListener) -> BuildReport:
    """One run of a buildspec. Whatever comes of it, nothing of it is at work or lies around afterwards."""
    spec, entry = read_buildspec(place.root, wanted)
    sites: list[Site] = []

    def opening() -> Opened:
        project = _project(place)
        site = new_site(place.root, wanted.in_place)
        sites.append(site)
        limit = project.settings.timeout
        job = Job(spec, site, around, _number(place.root), limit, entry, wanted.bucket, wanted.use_cache)
        return Opened(project, tuple(phases(spec)), _steps(job), lambda: project)

    try:
        return conduct(place.root, ask, tell, opening)
    finally:
        for site in sites:
            site.close()


def read_buildspec(root: str, wanted: Wanted) -> tuple[Buildspec, BatchEntry | None]:
    """What is to be run: the file, or what the chosen entry of its batch makes of it. UsageError if that is nothing."""
    spec = _read(root, wanted.file)
    entry = None
    if wanted.batch_entry is not None:
        entry = chosen_entry(spec, wanted.batch_entry)
        spec = _of_entry(root, spec, entry)
    elif spec.batch:
        names = ", ".join(one.id for one in spec.batch)
        if spec.phases:
            note = Finding(f"the batch is not run; its entries are {names}", spec.file, "--batch-entry NAME")
            spec = replace(spec, warnings=(*spec.warnings, note))
        else:
            raise UsageError(
                f"nothing is run: this buildspec has no phases, only a batch of {names}",
                where=spec.file,
                hint=f"choose one: --batch-entry {spec.batch[0].id}",
            )
    if not any(phase.commands or phase.closing for phase in spec.phases):
        raise UsageError("nothing is run: no phase of this buildspec has a command", where=spec.file)
    return spec, entry


def phases(spec: Buildspec) -> Iterator[Phase]:
    """In CodeBuild's order; each says which failures before do not keep it from being begun."""
    rules = {name: spec.phase(name).on_failure.action for name in PHASES}
    tolerated = {name for name, action in rules.items() if action == "CONTINUE"}
    yield Phase("download_source", ("download_source",))
    for name in PHASES:
        yield Phase(name, (name,), despite=frozenset(tolerated))
        if name in ("build", "post_build") and rules[name] != "ABORT":
            tolerated.add(name)
    yield Phase("upload_artifacts", ("upload_artifacts",), despite=frozenset(tolerated))
    yield Phase("finalizing", ("finalizing",), despite=frozenset({*tolerated, "upload_artifacts"}))


def _steps(job: Job) -> Mapping[str, Step]:
    return {
        "download_source": Provisioning(job),
        **{name: Commands(job, job.spec.phase(name)) for name in PHASES},
        "upload_artifacts": Uploading(job),
        "finalizing": Finalizing(job),
    }


def _of_entry(root: str, spec: Buildspec, entry: BatchEntry) -> Buildspec:
    """An entry can name another file, or bring a buildspec of its own along."""
    if entry.buildspec and "\n" in entry.buildspec:
        spec = parse_buildspec(entry.buildspec, f"{spec.file} ({entry.id})")
    elif entry.buildspec:
        spec = _read(root, os.path.join(root, entry.buildspec))
    if not entry.needs:
        return spec
    note = Finding(f"{entry.id} depends on {', '.join(entry.needs)}, which is not run", spec.file)
    return replace(spec, warnings=(*spec.warnings, note))


def _read(root: str, path: str) -> Buildspec:
    shown = os.path.relpath(path, root) if os.path.abspath(path).startswith(root.rstrip("/") + "/") else path
    try:
        with open(path, encoding="utf-8-sig") as file:
            text = file.read()
    except UnicodeDecodeError:
        raise UsageError("this buildspec is not UTF-8 text", where=shown) from None
    except OSError as error:
        raise UsageError(f"the buildspec cannot be read: {error.strerror}", where=shown) from None
    return parse_buildspec(text, shown)


def _number(root: str) -> int:
    """That of the build which is about to begin: we have the lock."""
    try:
        names = os.listdir(os.path.join(root, BUILDS))
    except FileNotFoundError:
        names = []
    return max((int(name) for name in names if name.isdecimal()), default=0) + 1


def _project(place: Place) -> Project:
    """A project of ours with its settings; any other folder is named as it is called."""
    if find_root(place.root, place.root) == place.root:
        return open_project(place.root, place.python, place.cache, place.source_date)
    commit = source_facts(place.root)[1]
    time = EARLIEST
    version = "0"
    repository = open_repository(place.root)
    if commit and isinstance(repository, Repository) and (head := repository.commit()) is not None:
        version, time = commit_version(place.root, commit).value, head.time
    if place.source_date is not None:
        time = place.source_date
    return Project(
        root=place.root,
        spec=bare_spec(place.root, os.path.basename(place.root) or "root"),
        settings=Settings(),
        version=version,
        commit=commit or None,
        commit_time=max(time, EARLIEST),
        python=place.python,
        cache=place.cache,
    )
