"""Turns what git and the project's files say into the version of a build."""

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from bigflow.errors import UsageError
from bigflow.project.git import Commit, Distance, NoRepository, Repository, open_repository
from bigflow.project.spec import ProjectSpec


@dataclass(frozen=True, slots=True)
class Version:
    """A version, why it is this one, and what would make it a better one (empty when nothing would)."""

    value: str
    explanation: str
    hint: str = ""
    commit: Commit | None = field(default=None, compare=False)  # that lies there, with or without changes


@dataclass(frozen=True, slots=True)
class Facts:
    """What a version is made of. `changed_tree` is None when the files are those of the commit."""

    commit: str
    tag: str | None = None  # the number of the nearest tag
    distance: int = 0
    changed_tree: str | None = None


class Uncommitted(NamedTuple):
    """The files as they lie there, where they are not those of the commit."""

    tree: str
    untracked: tuple[str, ...]

    def __str__(self) -> str:
        if not self.untracked:
            return "changes that are not committed"
        more = f" and {len(self.untracked) - 1} more" if len(self.untracked) > 1 else ""
        return f"files that are not committed: {self.untracked[0]}{more}"


def compose(facts: Facts) -> str:
    """The version of these facts. Two different sets of files never get the same one."""
    change = f".t{facts.changed_tree[:8]}" if facts.changed_tree else ""
    if facts.tag is None:
        return f"0+g{facts.commit[:12]}{change}"
    if facts.distance == 0 and not change:
        return facts.tag
    return f"{facts.tag}.dev{facts.distance}+g{facts.commit[:8]}{change}"


def image_tag(version: str) -> str:
    """The version as an image's tag: a registry takes no `+`."""
    return version.replace("+", "-")


def dag_version(version: str) -> str:
    """The version as a part of a DAG's id."""
    return re.sub(r"[.+-]", "_", version)


def project_version(root: str, spec: ProjectSpec) -> Version:
    """The version of the project as it lies there."""
    if spec.version is not None:
        return Version(spec.version, f"as {spec.where('version')} says", commit=_head(root))
    repository = open_repository(root)
    if isinstance(repository, NoRepository):
        return _of_files(root, spec, repository.reason, repository.hint)
    head = repository.commit()
    if head is None:
        return _of_files(root, spec, "the git repository has no commit yet", "git add . && git commit -m start")
    return _of_commit(repository, head, uncommitted(repository, head, spec))


def _head(root: str) -> Commit | None:
    repository = open_repository(root)
    return None if isinstance(repository, NoRepository) else repository.commit()


def commit_version(root: str, commit: str) -> Version:
    """The version that the project had, or would have, with the files of `commit`."""
    repository = open_repository(root)
    if isinstance(repository, NoRepository):
        raise UsageError(f"no version of '{commit}': {repository.reason}", hint=repository.hint)
    found = repository.commit(commit)
    if found is None:
        raise UsageError(
            f"no version of '{commit}': there is no such commit here", hint="git fetch --all, or see git log"
        )
    return _of_commit(repository, found)


def uncommitted(repository: Repository, commit: Commit, spec: ProjectSpec) -> Uncommitted | None:
    """What differs from the commit: tracked files, and untracked ones that would be packaged."""
    untracked = repository.untracked(_packaged(spec))
    if not untracked and repository.is_as_committed():
        return None
    tree = repository.work_tree(untracked)
    return None if tree == commit.tree else Uncommitted(tree, untracked)


def _of_commit(repository: Repository, commit: Commit, change: Uncommitted | None = None) -> Version:
    changed_tree = change.tree if change else None
    changes = f", with {change}" if change else ""
    exact = repository.versions_at(commit.hash)
    if exact and (changed_tree is None or exact[-1][1].countable):
        tag, number = exact[-1]
        return Version(compose(Facts(commit.hash, number.text, 0, changed_tree)), f"tag {tag}{changes}", "", commit)
    near = repository.distance(commit.hash)
    if near is not None:
        facts = Facts(commit.hash, near.number.text, near.commits, changed_tree)
        return Version(compose(facts), f"{_counted(near)}{changes}", "", commit)
    value = compose(Facts(commit.hash, changed_tree=changed_tree))
    if repository.shallow:
        fetch = "git fetch --unshallow --tags   (in CI: a checkout with full history and tags)"
        return Version(value, f"no version among the tags of this shallow clone{changes}", fetch, commit)
    return Version(value, f"no version among the tags before this commit{changes}", "git tag v0.1.0", commit)


def _of_files(root: str, spec: ProjectSpec, reason: str, hint: str) -> Version:
    return Version(f"0+nogit.{_fingerprint(root, spec)}", f"a hash of the packaged files: {reason}", hint)


def _counted(near: Distance) -> str:
    return f"{near.commits} commit{'s' * (near.commits != 1)} after tag {near.tag}"


def _packaged(spec: ProjectSpec) -> tuple[str, ...]:
    """The folders whose files get into the wheel."""
    packages = spec.packages or (spec.package,)
    return tuple(
        dict.fromkeys((spec.package, *(package.partition(".")[0] for package in packages), spec.resources_dir))
    )


def _fingerprint(root: str, spec: ProjectSpec) -> str:
    digest = hashlib.sha256()
    for folder in _packaged(spec):
        for path in _files(os.path.join(root, folder)):
            content = _content(path)
            digest.update(f"{os.path.relpath(path, root)}\0{len(content)}\0".encode("utf-8", "surrogateescape"))
            digest.update(content)
    return digest.hexdigest()[:12]


def _files(folder: str) -> Iterator[str]:
    """All files below, in an order that depends on their names only; not what Python caches."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        yield from (os.path.join(parent, name) for name in sorted(names) if not name.endswith(".pyc"))


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise UsageError(
            f"cannot read {path}: {error.strerror}", hint="it would be packaged: repair or remove it"
        ) from None
