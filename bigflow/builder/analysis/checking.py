"""Turns linters, or type checkers, into what a step declares and performs with them."""

from collections.abc import Iterator
from typing import NamedTuple

from bigflow.builder.analysis.checkers import Checker, used
from bigflow.builder.analysis.complaints import complaints
from bigflow.builder.environment.site_packages import described, installed
from bigflow.builder.failures import SeveralFailed, counted, last_line
from bigflow.builder.settings import Check
from bigflow.builder.shell import by_hand, shell
from bigflow.builder.sources import checked, sources
from bigflow.builder.step import Declared, Done, NotNeeded, Project, Work
from bigflow.builder.traceless import traceless
from bigflow.errors import Finding

_TOLD = 5  # complaints of one program: the log has all


class Checking(NamedTuple):
    """One kind of check: the programs that can do it, and the key of [tool.bigflow.build] that says otherwise."""

    checkers: tuple[Checker, ...]
    key: str
    called: str

    def declare(self, project: Project, said: Check) -> Declared | NotNeeded:
        """It reads all that the project's code consists of, and how the programs are configured."""
        if said == ():
            return NotNeeded(f"switched off by {self.key} in [tool.bigflow.build]")
        chosen = used(self.checkers, project.root)
        if said is None and not chosen:
            return NotNeeded(f"no {self.called} is configured")
        settings = (name for checker in chosen for name in checker.files)
        names = said if said is not None else tuple(checker.name for checker in chosen)
        versions = described(project.python, *(checker.name for checker in self.checkers))
        return Declared(files=(*sources(project), project.spec.tests, *settings), values=(*names, *versions))

    def perform(self, work: Work, said: Check) -> Done:
        """Every program runs, also after one that complains: the user sees all at once."""
        if said is not None:
            findings = [finding for command in said for finding in _own(work, command)]
            summary = f"{counted(len(said), 'command')} ok"
        else:
            chosen = used(self.checkers, work.project.root)
            findings = [finding for checker in chosen for finding in _checked(work, checker)]
            summary = "  ".join(f"{checker.name} ok" for checker in chosen)
        if findings:
            raise SeveralFailed(findings)
        return Done(summary)


def _checked(work: Work, checker: Checker) -> Iterator[Finding]:
    project = work.project
    if checker.name not in installed(project.python):
        hint = f'add "{checker.name}" to dev in [dependency-groups] of pyproject.toml, then: bigflow install'
        message = f"the project uses {checker.name}, which is not installed for {project.python.path}"
        yield Finding(message, "pyproject.toml", hint)
        return
    paths = checked(project)
    python = project.python.path
    # -P: a file of the project that is called like a module of the program must not stand in for it.
    args = (python, "-P", "-m", checker.name, *checker.arguments(python), *paths)
    completed = work.tool(args, cwd=project.root, env_add=traceless(project))
    if not completed.ok:
        again = by_hand(project, ("-m", checker.name, *checker.by_hand, *paths))
        yield from _told(checker.name, completed.returncode, completed.stdout + completed.stderr, again)


def _own(work: Work, command: str) -> Iterator[Finding]:
    completed = work.tool(shell(work.project, command), cwd=work.project.root, env_add=traceless(work.project))
    if not completed.ok:
        yield from _told(command, completed.returncode, completed.stdout + completed.stderr, command)


def _told(name: str, code: int, output: str, again: str) -> Iterator[Finding]:
    found = tuple(complaints(output))
    if found:
        yield Finding(f"{name} found {counted(len(found), 'problem')}", found[0].where, again)
        yield from found[:_TOLD]
    else:
        yield Finding(f"{name} ended with code {code}: {last_line(output) or 'it said nothing'}", hint=again)
