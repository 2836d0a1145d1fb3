"""The doctrine: one function a rule, that turns a repository into what is not as the rule wants it."""

import shlex
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from bigflow.artifacts.doctrine.doctrine import Severity
from bigflow.artifacts.doctrine.ignoring import demanded_lines, unexplained
from bigflow.artifacts.doctrine.patterns import Finder
from bigflow.artifacts.doctrine.repository import GITIGNORE, SUBMODULE, Kind, Output, Repository
from bigflow.artifacts.doctrine.violation import Append, Untrack, Violation

BIG = 5_000_000  # bytes from which on a file is no source any more


class Rule(NamedTuple):
    """One rule: what it wants, why, what happens unless the project says otherwise, and who finds what breaks it."""

    wants: str
    why: str
    severity: Severity
    broken: Callable[[Repository], Iterator[Violation]]


def outputs(repository: Repository) -> Iterator[Violation]:
    """Git has no file that a build makes."""
    for output, top, paths in _tracked(repository, ("output", "lock")):
        message = f"{_counted(paths)} tracked: {output.why}; `{output.again}` makes it again"
        yield _untracked("outputs", top, message, paths)


def caches(repository: Repository) -> Iterator[Violation]:
    """Git has no file that a tool keeps for itself."""
    for output, top, paths in _tracked(repository, ("cache",)):
        yield _untracked("caches", top, f"{_counted(paths)} tracked: {output.why}", paths)


def generated_code(repository: Repository) -> Iterator[Violation]:
    """Git has the .proto files, and not the code that is generated from them."""
    protos = {one.path.rpartition("/")[2] for one in repository.tracked if one.path.endswith(".proto")}
    for output, top, paths in _tracked(repository, ("generated",)):
        source = f"{top.rpartition('/')[2].rpartition('_pb2')[0]}.proto"
        if source in protos:
            message = f"is tracked: {output.why}; `{output.again}` makes it again"
            yield _untracked("generated-code", top, message, paths)
        else:
            message = f"is tracked, and its source {source} is not"
            yield Violation("generated-code", top, message, f"add {source}, then: git rm --cached -- {shown(top)}")
    line = repository.protos
    if line is not None and line.leaves_out:
        where = f"{line.file}:{line.line}"
        yield Violation("generated-code", where, f"{line.pattern} leaves .proto files out", "take the line away")


def ignore_files(repository: Repository) -> Iterator[Violation]:
    """.gitignore and .dockerignore leave the same outputs out, and say why."""
    known = {output.pattern: output for output in repository.outputs}
    decided = dict(repository.ignored)
    let_in = [known[one] for one in decided if not _is_ignored(repository, one)]
    yield from _lacking(GITIGNORE, let_in, docker=False)
    context = repository.context
    if context is not None:
        yield from _lacking(context.ignore_file, [known[one] for one in context.lets_in], docker=True)
    for file, number, line in unexplained(repository):
        message = f"{line} is left out, and no comment above it says why and how it is made again"
        yield Violation("ignore-files", f"{file}:{number}", message, "write a line above it that begins with #")


def docker_context(repository: Repository) -> Iterator[Violation]:
    """Docker is sent no output, as things lie there now."""
    context = repository.context
    if context is None:
        return
    finder = Finder(output.pattern for output in repository.outputs if not output.for_image)
    sizes: dict[tuple[str, str], list[int]] = {}
    for path, size in context.files:
        if found := finder.find(path):
            sizes.setdefault(found, []).append(size)
    known = {output.pattern: output for output in repository.outputs}
    for (pattern, top), each in sizes.items():
        message = f"is in the build context: {_number(len(each), 'file')}, {_megabytes(sum(each))}"
        lines = demanded_lines([known[pattern]], docker=True)
        repair = f"add {lines[-1]} to {context.ignore_file}, or: bigflow check --fix"
        yield Violation("docker-context", top, message, repair, Append(context.ignore_file, lines))


def locks(repository: Repository) -> Iterator[Violation]:
    """A lock that is a source is tracked."""
    tracked = {one.path for one in repository.tracked}
    for lock in repository.locks:
        if lock.ignored is not None and lock.ignored.leaves_out:
            where = f"{lock.ignored.file}:{lock.ignored.line}"
            repair = f'take the line away, or say lockfiles = "artifact"; then: git add -- {shown(lock.path)}'
            yield Violation("locks", where, f"leaves {lock.path} out, and locks are sources here", repair)
        elif lock.path not in tracked:
            message = "is not tracked, and locks are sources here"
            yield Violation("locks", lock.path, message, f"git add -- {shown(lock.path)}")


def big_files(repository: Repository) -> Iterator[Violation]:
    """Git has no file that is too big for a source."""
    for one in repository.tracked:
        if one.size is not None and one.size > BIG and one.mode != SUBMODULE:
            repair = f"keep it in a bucket or in Git LFS, then: git rm --cached -- {shown(one.path)}"
            yield Violation("big-files", one.path, f"has {_megabytes(one.size)}", repair)


def case_clashes(repository: Repository) -> Iterator[Violation]:
    """No two names differ only by case."""
    folders = {folder for one in repository.tracked for folder in _folders(one.path)}
    names = sorted({one.path for one in repository.tracked} | folders, key=lambda name: (name.casefold(), name))
    for _, clashing in groupby(names, key=str.casefold):
        first, *others = clashing
        for other in others:
            if other.rpartition("/")[0] == first.rpartition("/")[0]:  # else it is their folders that clash
                message = f"and {first} are one file on macOS and Windows"
                yield Violation("case-clashes", other, message, f"git mv -- {shown(other)} ANOTHER_NAME")


def secrets(repository: Repository) -> Iterator[Violation]:
    """Git has nothing that opens a door."""
    for one in repository.secrets:
        message = f"looks like a secret: {one.kind}"
        repair = "revoke it: whoever can read the repository has it; then take it out of the file"
        yield Violation("secrets", f"{one.path}:{one.line}", message, repair)


RULES: dict[str, Rule] = {
    "outputs": Rule(
        "nothing that a build leaves is tracked",
        "an output in git is stale with the next commit, and hides whether the sources still make it",
        "fail",
        outputs,
    ),
    "secrets": Rule(
        "no secret is tracked", "a secret in git stays in its history, and in every clone of it", "fail", secrets
    ),
    "caches": Rule("no cache is tracked", "a cache is true on one machine, and changes with every run", "warn", caches),
    "generated-code": Rule(
        "generated code is not tracked, and what it is generated from is",
        "two versions of one thing differ sooner or later, and nobody sees which one is meant",
        "warn",
        generated_code,
    ),
    "ignore-files": Rule(
        "`.gitignore` and `.dockerignore` leave the same outputs out, and say why and how each is made again",
        "what one of them forgets is committed, or sent to Docker, by the next `git add .` or `docker build .`",
        "warn",
        ignore_files,
    ),
    "docker-context": Rule(
        "no output is in the build context of Docker",
        "it is sent with every build, ends up in images, and makes their layers change",
        "warn",
        docker_context,
    ),
    "locks": Rule(
        "a lock that is a source is tracked",
        "without it two machines build two different things from one commit",
        "warn",
        locks,
    ),
    "big-files": Rule(
        "no tracked file has more than 5 MB", "every clone carries every version of it, for ever", "warn", big_files
    ),
    "case-clashes": Rule(
        "no two tracked names differ only by case",
        "file systems of macOS and Windows have room for one of them",
        "warn",
        case_clashes,
    ),
}


def shown(path: str) -> str:
    """A path as a shell takes it, on one line."""
    if path.isprintable():
        return shlex.quote(path)
    return f"$'{''.join(map(_escaped, path))}'"


def _escaped(letter: str) -> str:
    if letter in "'\\":
        return f"\\{letter}"
    if letter.isprintable():
        return letter
    return "".join(f"\\x{byte:02x}" for byte in letter.encode("utf-8", "surrogateescape"))


def _tracked(repository: Repository, kinds: tuple[Kind, ...]) -> Iterator[tuple[Output, str, tuple[str, ...]]]:
    """The outputs of these kinds that are tracked: each file or folder once, with the paths below it."""
    wanted = {output.pattern: output for output in repository.outputs if output.kind in kinds}
    finder = Finder(wanted)
    tops: dict[tuple[str, str], list[str]] = {}
    for one in repository.tracked:
        if found := finder.find(one.path):
            tops.setdefault(found, []).append(one.path)
    for (pattern, top), paths in tops.items():
        yield wanted[pattern], top, tuple(paths)


def _untracked(rule: str, top: str, message: str, paths: tuple[str, ...]) -> Violation:
    return Violation(rule, top, message, f"git rm -r --cached -- {shown(top)}", Untrack(paths))


def _is_ignored(repository: Repository, pattern: str) -> bool:
    """By a line that everybody has."""
    line = dict(repository.ignored)[pattern]
    return line is not None and line.leaves_out and line.shared


def _lacking(file: str, let_in: Iterable[Output], *, docker: bool) -> Iterator[Violation]:
    missing = list(let_in)
    if missing:
        lines = demanded_lines(missing, docker=docker)
        named = [line for line in lines if not line.startswith("#")]
        message = f"does not leave out {', '.join(named)}"
        yield Violation("ignore-files", file, message, "bigflow check --fix   adds the lines", Append(file, lines))


def _folders(path: str) -> Iterator[str]:
    while path := path.rpartition("/")[0]:
        yield path


def _counted(paths: tuple[str, ...]) -> str:
    return "is" if len(paths) == 1 else f"{len(paths)} files are"


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
