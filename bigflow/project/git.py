"""Turns a folder into the facts that git knows about it; nothing else in the framework calls git."""

import os
import re
import shlex
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from bigflow._process import Completed, ProgramMissing, run
from bigflow.errors import OutsideError, UsageError
from bigflow.project import pep440
from bigflow.project.pep440 import Number

# What a hook sets for its own git would point ours at another repository. Configuration given by variables stays.
_UNSET = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_PREFIX",
    "GIT_NAMESPACE",
    "GIT_SHALLOW_FILE",
    "GIT_GRAFT_FILE",
    "GIT_REPLACE_REF_BASE",
    "GIT_DEFAULT_HASH",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
)
_ENVIRONMENT: Mapping[str, str | None] = {
    **dict.fromkeys(_UNSET),
    "LC_ALL": "C",
    "LANGUAGE": "C",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}
# Whom git names where it knows nobody: on a fresh machine, in CI.
_NOBODY: Mapping[str, str] = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in (("NAME", "bigflow"), ("EMAIL", "bigflow@localhost"))
}
_GIT = ("git", "-c", "core.quotepath=off", "-c", "core.fsmonitor=false")
_TIMEOUT = 600.0  # a filter that fetches large files may take its time; nothing here waits for a person


@dataclass(frozen=True, slots=True)
class NoRepository:
    """Why git has nothing to tell about the folder, and what could be done about it."""

    reason: str
    hint: str = ""
    absent: bool = False  # there is none, and `initialize` could make one


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit: its hash, the hash of its files, and its time in seconds since 1970."""

    hash: str
    tree: str
    time: int


@dataclass(frozen=True, slots=True)
class Distance:
    """How far a commit is from the nearest version that is tagged before it."""

    tag: str
    number: Number
    commits: int


class IndexEntry(NamedTuple):
    """A file in the index. One that a sparse checkout keeps away does not lie in the work tree."""

    path: str
    mode: str
    blob: str
    kept_away: bool


class GitError(UsageError):
    """Git was asked something and failed."""


class PushFailed(OutsideError):
    """The other repository did not take what it was given, or could not be reached."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A folder in a work tree that git knows. It is only read: not even git's index or objects are written."""

    folder: str
    toplevel: str
    git_index: str
    git_objects: str
    shallow: bool

    def commit(self, revision: str = "HEAD") -> Commit | None:
        """The commit that `revision` names; None if it names none, as HEAD does before the first commit."""
        if revision != "HEAD":  # what anybody may have typed: a range is no commit, nor is an option
            named = self._try("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
            if not named.ok:
                return None
            revision = named.stdout.strip()
        told = self._try("log", "-1", "--no-show-signature", "--format=%H %T %ct", revision, "--")
        if not told.ok:
            return None
        commit, tree, time = told.stdout.split()
        return Commit(commit, tree, int(time))

    def versions_at(self, commit: str) -> tuple[tuple[str, Number], ...]:
        """The tags that are versions and point at this very commit, lowest version first."""
        return _versions(self._tags("--points-at", commit))

    def versions_before(self, commit: str) -> tuple[tuple[str, Number], ...]:
        """The tags that are versions and that this commit contains, lowest version first."""
        return _versions(self._tags("--merged", commit))

    def distance(self, commit: str) -> Distance | None:
        """The nearest tag that versions can be counted from, as `git describe` understands nearness."""
        tags = self._tags("--merged", commit)
        numbers = {tag: number for tag, number in _versions(tags) if number.countable}
        if not numbers:
            return None
        others = [f"--exclude={tag}" for tag in tags if tag not in numbers]
        described = self._git("describe", "--tags", "--long", "--abbrev=40", *others, commit)
        tag, commits, _ = described.strip().rsplit("-", 2)
        beside = [(name, number) for name, number in self.versions_at(f"{tag}^{{commit}}") if number.countable]
        highest, number = max(beside, key=lambda version: version[1].key)
        return Distance(highest, number, int(commits))

    def untracked(self, paths: Iterable[str]) -> tuple[str, ...]:
        """The files under `paths` that git neither tracks nor ignores; both relative to the folder."""
        listed = self._git("ls-files", "--others", "--exclude-standard", "-z", "--", *paths)
        return tuple(sorted(name for name in listed.split("\0") if name and not name.endswith("/")))

    def is_as_committed(self) -> bool:
        """Whether git is sure that the tracked files are those of HEAD. It is not where it would have to read them."""
        return self._try("diff-index", "--quiet", "HEAD", "--").ok

    def files(self) -> tuple[str, ...]:
        """What a clone has, and what is new and not ignored; relative to the folder. A tracked one may be deleted."""
        listed = self._git("ls-files", "--cached", "--others", "--exclude-standard", "-z")
        return tuple(sorted({name.rstrip("/") for name in listed.split("\0") if name}))

    def index(self) -> Iterator[IndexEntry]:
        """What the index has below the folder, by path."""
        listed = self._git("ls-files", "--stage", "-t", "-z", env={"GIT_INDEX_FILE": self.git_index})
        for line in listed.split("\0"):
            if line:
                facts, _, path = line.partition("\t")
                tag, mode, blob, stage = facts.split(" ")
                if stage in "02":  # of a file in conflict: ours
                    yield IndexEntry(path, mode, blob, tag == "S")

    def ignoring(self, paths: Iterable[str]) -> Iterator[tuple[str, str, int, str]]:
        """For each path that a line of an ignore file is about: path, file, number of the line, line.

        A path that lies in a submodule, or behind a link, is nothing that git can be asked about.
        """
        asked = "".join(f"./{path}\0" for path in paths)  # a path, whatever sign it begins with
        told = self._ask(("check-ignore", "--no-index", "-v", "-z", "--stdin"), asked)
        parts = told.split("\0")
        for file, number, pattern, path in zip(*(parts[at:-1:4] for at in range(4)), strict=True):
            place = os.path.relpath(os.path.join(self.toplevel, file), self.folder)
            yield path.removeprefix("./"), place, int(number), pattern

    def blobs(self, names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """The contents of blobs that are here; of all of them at once."""
        told = self._git("cat-file", "--batch", input="".join(f"{name}\n" for name in names))
        content, at = told.encode("utf-8", "surrogateescape"), 0
        while at < len(content):
            end = content.index(b"\n", at)
            name, *facts = content[at:end].decode("ascii").split(" ")
            at = end + 1
            if facts[0] == "blob":
                size = int(facts[1])
                yield name, content[at : at + size]
                at += size + 1

    def untrack(self, paths: Iterable[str]) -> None:
        """Take files out of the index, and leave them where they are. What is only in the index is not given up."""
        told = ("rm", "--cached", "--quiet", "--pathspec-from-file=-", "--pathspec-file-nul")
        self._git(*told, input="".join(f"{path}\0" for path in paths))

    def work_tree(self, untracked: Iterable[str] = ()) -> str:
        """The hash of the whole repository's files as they lie there: the tracked ones, and the given others."""
        with self._scratch() as env:
            self._git("add", "--update", env=env)
            names = "".join(f"{name}\0" for name in untracked)
            if names:
                self._git("update-index", "--add", "-z", "--stdin", env=env, input=names)
            return self._git("write-tree", env=env).strip()

    def origin(self) -> str | None:
        """The address of the remote `origin`, if there is one; without a password that may stand in it."""
        told = self._try("config", "--get", "remote.origin.url")
        return _harmless(told.stdout.strip()) if told.ok else None

    def versions(self) -> tuple[tuple[str, Number], ...]:
        """All tags that are versions, lowest version first, wherever they point."""
        return _versions(self._tags())

    def knows_author(self) -> bool:
        """Whether git can tell who it is that commits and tags here."""
        return self._try("var", "GIT_COMMITTER_IDENT").ok

    def commit_all(self, message: str) -> None:
        """A commit of every file that is not ignored."""
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", message, env=self._author())

    def tag(self, name: str, message: str) -> None:
        """An annotated tag at HEAD: it says who and when, and is signed where the user has configured that."""
        self._git("tag", "--annotate", "--message", message, name, env=self._author())

    def remove_tag(self, name: str) -> None:
        """Take a tag away, here only."""
        self._git("tag", "--delete", name)

    def push_tag(self, name: str, identity_file: str | None = None) -> None:
        """Give a tag to `origin`; over ssh with the key in `identity_file`, if one is named."""
        ssh = {"GIT_SSH_COMMAND": f"ssh -o IdentitiesOnly=yes -i {shlex.quote(identity_file)}"} if identity_file else {}
        pushed = _run(self.folder, ("push", "--quiet", "origin", f"refs/tags/{name}"), ssh)
        if not pushed.ok:
            why = _harmless(_complaints(pushed))
            raise PushFailed(f"cannot push the tag {name} to origin: {why}", where=self.origin() or "")

    def _author(self) -> Mapping[str, str]:
        return {} if self.knows_author() else _NOBODY

    @contextmanager
    def _scratch(self) -> Iterator[Mapping[str, str]]:
        """A copy of the index, and a place for new objects, that nobody will miss."""
        with tempfile.TemporaryDirectory(prefix="bigflow-git-") as folder:
            index, objects = os.path.join(folder, "index"), os.path.join(folder, "objects")
            os.mkdir(objects)
            if os.path.exists(self.git_index):
                shutil.copyfile(self.git_index, index)
            yield {
                "GIT_INDEX_FILE": index,
                "GIT_OBJECT_DIRECTORY": objects,
                "GIT_ALTERNATE_OBJECT_DIRECTORIES": _quoted(self.git_objects),
            }

    def _tags(self, *which: str) -> list[str]:
        return self._git("for-each-ref", *which, "--format=%(refname:strip=2)", "refs/tags").splitlines()

    def _ask(self, args: tuple[str, ...], input: str) -> str:
        """What git prints; code 1 says that there was nothing to print."""
        completed = _run(self.folder, args, {"GIT_LITERAL_PATHSPECS": None}, input)
        if completed.returncode in (0, 1):
            return completed.stdout
        raise GitError(f"git {args[0]} failed: {_complaint(completed)}", where=self.folder)

    def _try(self, *args: str) -> Completed:
        return _run(self.folder, args)

    def _git(self, *args: str, env: Mapping[str, str] | None = None, input: str = "") -> str:
        completed = _run(self.folder, args, env, input)
        if completed.ok:
            return completed.stdout
        raise GitError(f"git {args[0]} failed: {_complaint(completed)}", where=self.folder)


def open_repository(folder: str, index: str | None = None) -> Repository | NoRepository:
    """The repository whose work tree the folder is in, or why there is none.

    `index` is the one that a hook of git was told to look at: during `git commit -a` it is the next commit.
    """
    questions = ("--show-toplevel", "--is-shallow-repository", "--git-path", "index", "--git-path", "objects")
    try:
        told = _run(folder, ("rev-parse", *questions))
    except ProgramMissing:
        return NoRepository("git is not installed", "install git")
    if not told.ok:
        return _no_repository(folder, _complaint(told))
    toplevel, shallow, usual, objects = told.stdout.splitlines()
    usual = os.path.join(folder, usual)
    hooked = os.path.join(toplevel, index) if index else usual
    its_own = os.path.realpath(os.path.dirname(hooked)) == os.path.realpath(os.path.dirname(usual))
    return Repository(folder, toplevel, hooked if its_own else usual, os.path.join(folder, objects), shallow == "true")


def index_file(folder: str) -> str | None:
    """Where the index of the repository around the folder lies; found without git, for whoever only wants its state."""
    while True:
        place = os.path.join(folder, ".git")
        if os.path.isdir(place):
            return os.path.join(place, "index")
        if os.path.isfile(place):  # of a worktree or a submodule: it says where
            with open(place, encoding="utf-8", errors="surrogateescape") as file:
                return os.path.join(folder, file.read().removeprefix("gitdir:").strip(), "index")
        if os.path.dirname(folder) == folder:
            return None
        folder = os.path.dirname(folder)


def initialize(folder: str) -> Repository:
    """A new repository whose work tree is the folder."""
    made = _run(folder, ("init", "--quiet"))
    repository = open_repository(folder)
    if not made.ok or isinstance(repository, NoRepository):
        raise GitError(f"git init failed: {_complaint(made)}", where=folder)
    return repository


def _no_repository(folder: str, complaint: str) -> NoRepository:
    if "dubious ownership" in complaint or "unsafe repository" in complaint:
        named = re.search(r"'(.+)'", complaint)  # the repository, while the folder may be one of its projects
        return NoRepository(
            "git does not trust the repository: it belongs to another user",
            f"git config --global --add safe.directory {named[1] if named else folder}",
        )
    if "not a git repository" in complaint:
        return NoRepository(
            "the project is not in a git repository", "git init && git add . && git commit -m start", True
        )
    return NoRepository(f"git cannot read the repository: {complaint}")


def _run(folder: str, args: Iterable[str], env: Mapping[str, str | None] | None = None, input: str = "") -> Completed:
    return run([*_GIT, *args], cwd=folder, env_add={**_ENVIRONMENT, **(env or {})}, input=input, timeout=_TIMEOUT)


def _versions(tags: Iterable[str]) -> tuple[tuple[str, Number], ...]:
    numbers = ((tag, pep440.of_tag(tag)) for tag in tags)
    return tuple(sorted(((t, n) for t, n in numbers if n is not None), key=lambda version: version[1].key))


def _complaint(completed: Completed) -> str:
    """The first thing that git called fatal or an error: what follows is advice."""
    lines = [line.strip() for line in completed.stderr.splitlines() if line.strip()]
    said = next(
        (line for line in lines if line.startswith(("fatal:", "error:"))), lines[0] if lines else "no reason given"
    )
    return "it took too long" if completed.timed_out else said.partition(": ")[2] or said


def _complaints(completed: Completed) -> str:
    """What git, and the ssh that it started, said on one line; without advice, and where it was to go."""
    first, _, _ = completed.stderr.strip().partition("\n\n")
    lines = [line.strip() for line in first.splitlines() if not line.startswith(("hint:", "To "))]
    return "it took too long" if completed.timed_out else "; ".join(lines) or "no reason given"


def _harmless(text: str) -> str:
    """Addresses in it without user and password."""
    return re.sub(r"://[^/@\s]*@", "://", text)


def _quoted(path: str) -> str:
    """A path as GIT_ALTERNATE_OBJECT_DIRECTORIES wants it: in quotes when it holds the list's separator."""
    if ":" not in path and not path.startswith('"'):
        return path
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'
