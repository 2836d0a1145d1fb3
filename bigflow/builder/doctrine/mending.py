"""Turns violations into what can be mended without losing anything: lines of ignore files, and files out of git."""

import os
from collections.abc import Iterable, Iterator

from bigflow._files import write_atomically
from bigflow.artifacts.doctrine.ignoring import appended
from bigflow.artifacts.doctrine.judging import Judged
from bigflow.artifacts.doctrine.violation import Append, Untrack
from bigflow.errors import BigflowError, Finding, UsageError
from bigflow.project import git


def mended(root: str, repository: git.Repository, violations: Iterable[Judged]) -> Iterator[Finding]:
    """What was done, or why it could not be. No file but ignore files is written, and none is removed."""
    done: set[tuple[str, str]] = set()
    for violation, _ in violations:
        try:
            match violation.mend:
                case Untrack(paths):
                    repository.untrack(paths)
                    yield Finding(f"taken out of git ({_files(paths)}), and left where it is", violation.where)
                case Append(file, lines):
                    new = [line for line in lines if (file, line) not in done]
                    done |= {(file, line) for line in lines}
                    if any(not line.startswith("#") for line in new):
                        _append(root, file, new)
                        named = ", ".join(line for line in new if not line.startswith("#"))
                        yield Finding(f"leaves out {named}", file)
        except BigflowError as error:
            yield Finding(f"not mended: {error.message}", violation.where, error.hint or violation.repair)


def _append(root: str, file: str, lines: Iterable[str]) -> None:
    path = os.path.join(root, file)
    if os.path.islink(path):
        raise UsageError(f"{file} is a link, which git does not follow", where=file, hint="make it a file")
    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as opened:
            text = opened.read()
    except FileNotFoundError:
        text = ""
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}", where=file) from None
    write_atomically(path, appended(text, lines))


def _files(paths: tuple[str, ...]) -> str:
    return f"{len(paths)} file{'s' * (len(paths) != 1)}"
