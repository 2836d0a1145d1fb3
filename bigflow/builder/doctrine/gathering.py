"""Turns a project's folder into the repository that the rules are about, by asking git and listing as Docker would."""

import os
from collections.abc import Iterable, Iterator

from bigflow.artifacts.doctrine.patterns import Finder, probe
from bigflow.artifacts.doctrine.repository import (
    GITIGNORE,
    SUBMODULE,
    Context,
    Ignoring,
    Lock,
    Output,
    Repository,
    Tracked,
)
from bigflow.builder.doctrine.outputs import lock_files, outputs
from bigflow.builder.image.context import ignore_rules, listed_as_docker_would
from bigflow.builder.step import Project
from bigflow.project import git
from bigflow.project.git import IndexEntry

_DOCKERFILE = "Dockerfile"
_PROTO = "any.proto"


def gathered(project: Project, repository: git.Repository) -> Repository:
    """All of it but the secrets, which are looked for in contents."""
    entries = tuple(repository.index())
    known = outputs(project)
    locks = _locks_that_lie_there(project)
    ignored = _ignoring(repository, entries, (*(probe(one.pattern) for one in known), *locks, _PROTO))
    demanded = tuple(output for output in known if output.demanded)
    return Repository(
        tracked=tuple(_tracked(project.root, entries)),
        outputs=known,
        ignored=tuple((one.pattern, ignored[probe(one.pattern)]) for one in demanded if probe(one.pattern) in ignored),
        ignore_lines=tuple(_ignore_lines(project.root)),
        context=_context(project.root, known),
        locks=tuple(Lock(path, ignored.get(path)) for path in locks),
        protos=ignored.get(_PROTO),
    )


def _tracked(root: str, entries: Iterable[IndexEntry]) -> Iterator[Tracked]:
    """The sizes are those of the work tree: a clone may not have all blobs here."""
    for entry in entries:
        try:
            size = None if entry.kept_away else os.lstat(f"{root}/{entry.path}").st_size
        except OSError:
            size = None
        yield Tracked(entry.path, entry.mode, entry.blob, size, entry.kept_away)


def _locks_that_lie_there(project: Project) -> tuple[str, ...]:
    if project.doctrine.lockfiles == "artifact":
        return ()
    return tuple(path for path in lock_files(project) if os.path.isfile(os.path.join(project.root, path)))


def _ignoring(
    repository: git.Repository, entries: Iterable[IndexEntry], paths: Iterable[str]
) -> dict[str, Ignoring | None]:
    """For each path that git can be asked about: the line that decides over it."""
    submodules = tuple(f"{entry.path}/" for entry in entries if entry.mode == SUBMODULE)
    asked = [path for path in paths if not path.startswith(submodules) and not _behind_link(repository.folder, path)]
    lines = {path: Ignoring(file, number, line) for path, file, number, line in repository.ignoring(asked)}
    return {path: lines.get(path) for path in asked}


def _behind_link(root: str, path: str) -> bool:
    folder = os.path.dirname(path)
    return bool(folder) and (os.path.islink(os.path.join(root, folder)) or _behind_link(root, folder))


def _ignore_lines(root: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for file in (GITIGNORE, *_docker_ignore(root)):
        lines = _lines(os.path.join(root, file))
        if lines is not None:
            yield file, lines


def _docker_ignore(root: str) -> tuple[str, ...]:
    return (ignore_rules(root, _DOCKERFILE).file,) if _has_dockerfile(root) else ()


def _has_dockerfile(root: str) -> bool:
    return os.path.isfile(os.path.join(root, _DOCKERFILE))


def _lines(path: str) -> tuple[str, ...] | None:
    try:
        with open(path, encoding="utf-8-sig", errors="surrogateescape") as file:
            return tuple(file.read().splitlines())
    except OSError:
        return None


def _context(root: str, known: tuple[Output, ...]) -> Context | None:
    if not _has_dockerfile(root):
        return None
    read = ignore_rules(root, _DOCKERFILE)
    finder = Finder(output.pattern for output in known if not output.for_image)
    files = tuple(one for one in listed_as_docker_would(root, read.rules) if finder.find(one[0]))
    lets_in = (
        one.pattern
        for one in known
        if one.demanded and not one.for_image and not read.rules.leave_out(probe(one.pattern))
    )
    return Context(read.file, files, tuple(lets_in))
