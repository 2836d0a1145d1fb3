"""Turns a project into the build context of its own Dockerfile: what the engine may see, and nothing else."""

import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from bigflow._files import unwritable
from bigflow.builder.image.ignoring import Rules, read_rules, rules_of
from bigflow.errors import Finding, UsageError

WHEELS = "dist"
LARGE = 1 << 30  # bytes of a file from which on somebody should know of it

# What builds and runs leave, and what tools remember. No .dockerignore brings these back.
_ARTIFACTS = rules_of(
    ".git",
    ".venv",
    ".bigflow",
    ".image",
    ".dags",
    "build",
    "build_output",
    WHEELS,
    "**/node_modules",
    "**/__pycache__",
    "**/*.py[co]",
    "**/.pytest_cache",
    "**/.mypy_cache",
    "**/.ruff_cache",
    "**/*.egg-info",
)
_OBEYED = (".dockerignore", ".containerignore")  # an engine that finds one in the context would obey it once more
_SECRETS = ".env.*"  # the values that stand in for a cluster's secrets; a rule `!` brings one back


@dataclass(frozen=True, slots=True)
class Context:
    """The files of a project that an engine gets, by their paths in it, and what a user should know of them."""

    root: str
    files: tuple[str, ...]
    folders: tuple[str, ...]
    warnings: tuple[Finding, ...]


class Brought(NamedTuple):
    """Something that this build has made, and where a Dockerfile finds it, whatever .dockerignore says."""

    source: str  # relative to the project
    target: str  # relative to the context


def read_context(root: str, dockerfile: str = "Dockerfile") -> Context:
    """The context as .dockerignore wants it: the Dockerfile's own one (`Dockerfile.dockerignore`) if it has one."""
    told = ignore_rules(root, dockerfile).rules
    rules = Rules((*rules_of(_SECRETS).rules, *told.rules))
    files: list[str] = []
    folders: list[str] = []
    for path, is_folder in _below(root, "", rules, _ARTIFACTS):
        (folders if is_folder else files).append(path)
    return Context(root, tuple(files), tuple(folders), tuple(_warnings(root, files)))


def ignore_files(dockerfile: str) -> tuple[str, str]:
    """Where the rules may be; the first of them that is there is the one that counts."""
    return f"{dockerfile}.dockerignore", ".dockerignore"


def wheels_for(*paths: str) -> tuple[Brought, ...]:
    """Wheels, where Dockerfiles since 1.11 find them."""
    return tuple(Brought(path, f"{WHEELS}/{os.path.basename(path)}") for path in paths)


class IgnoreFile(NamedTuple):
    """The file whose rules count for a Dockerfile, whether or not it is there, and its rules."""

    file: str
    rules: Rules


def ignore_rules(root: str, dockerfile: str) -> IgnoreFile:
    """The rules as they are written."""
    name = ""
    for name in ignore_files(dockerfile):
        try:
            with open(os.path.join(root, name), encoding="utf-8", errors="surrogateescape") as file:
                return IgnoreFile(name, read_rules(file.read(), name))
        except FileNotFoundError:
            continue
        except OSError as error:
            raise UsageError(f"{name} cannot be read: {error.strerror}", where=name) from None
    return IgnoreFile(name, rules_of())


def listed_as_docker_would(root: str, rules: Rules) -> Iterator[tuple[str, int]]:
    """What `docker build .` sends when nobody but these rules keeps anything back: files and their sizes."""
    for path, is_folder in _below(root, "", rules, rules_of()):
        if not is_folder:
            yield path, os.lstat(os.path.join(root, path)).st_size


def stage(context: Context, brought: tuple[Brought, ...], place: str) -> None:
    """Have the context in a folder of its own, with what the build brings. On the same disk it costs no room."""
    try:
        for folder in ("", *context.folders, *(os.path.dirname(one.target) for one in brought)):
            os.makedirs(os.path.join(place, folder), exist_ok=True)
        for path in context.files:
            if path in _OBEYED:
                continue
            target = os.path.join(place, path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            _share(os.path.join(context.root, path), target)
        for one in brought:
            _share(os.path.join(context.root, one.source), os.path.join(place, one.target))
        for folder in reversed(context.folders):
            shutil.copymode(os.path.join(context.root, folder), os.path.join(place, folder))
    except OSError as error:
        raise unwritable(error.filename2 or error.filename or place, error) from error


def _below(root: str, folder: str, rules: Rules, never: Rules) -> Iterator[tuple[str, bool]]:
    """The paths in a folder that are in the context, in an order that only their names decide. A link is a file."""
    with os.scandir(os.path.join(root, folder)) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        path = f"{folder}/{entry.name}" if folder else entry.name
        if never.leave_out(path):
            continue
        out, is_folder = rules.leave_out(path), entry.is_dir(follow_symlinks=False)
        if not out and (is_folder or _can_be_sent(entry)):
            yield path, is_folder
        if is_folder and (not out or rules.let_in_again):
            yield from _below(root, path, rules, never)


def _can_be_sent(entry: os.DirEntry[str]) -> bool:
    """Sockets and the like are passed over, as Docker does."""
    return entry.is_symlink() or stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode)


def _warnings(root: str, files: list[str]) -> Iterator[Finding]:
    inside = os.path.realpath(root)
    for path in files:
        full = os.path.join(root, path)
        if not os.path.islink(full):
            size = os.lstat(full).st_size
            if size >= LARGE:
                yield Finding(
                    f"the build context has a file of {size / 1e9:.1f} GB: {path}",
                    path,
                    "a line in .dockerignore keeps it out",
                )
        elif os.path.commonpath((inside, os.path.realpath(full))) != inside:
            yield Finding(
                f"{path} is a link to {os.readlink(full)}, which the build context does not have",
                path,
                "copy the file into the project, or name the link in .dockerignore",
            )


def _share(source: str, target: str) -> None:
    """The same file under a second name; a copy where that cannot be."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)
