"""Turns a script of package.json, or the commands that the user wants instead, into a step's work and its verdict."""

import json
import os
import re
from collections.abc import Iterator, Mapping

from bigflow._process import Completed
from bigflow.builder.analysis.complaints import complaints
from bigflow.builder.failures import SeveralFailed, counted
from bigflow.builder.node.compiled import compiled
from bigflow.builder.node.managers import SETTINGS, lock_of, manager_of, said
from bigflow.builder.node.programs import version_of
from bigflow.builder.node.sources import node_sources
from bigflow.builder.settings import Check
from bigflow.builder.shell import shell
from bigflow.builder.step import Declared, Project, Work
from bigflow.errors import Finding, UsageError, nearest
from bigflow.project.node_package import FILE, NodePackage, read_node_package

# What programs write is plain text, and none of them asks anything or looks for a newer version of itself.
QUIET: Mapping[str, str | None] = {
    "CI": "1",
    "NO_COLOR": "1",
    "FORCE_COLOR": None,
    "NODE_DISABLE_COMPILE_CACHE": "1",
    "npm_config_audit": "false",
    "npm_config_fund": "false",
    "npm_config_update_notifier": "false",
    "COREPACK_ENABLE_DOWNLOAD_PROMPT": "0",
}
_TOLD = 5
_RUN = re.compile(r"\s*(?:npm|pnpm|yarn)\s+run\s+([\w:.-]+)", re.ASCII)
_TYPESCRIPT = re.compile(r"(?P<path>[^\s(][^(]*)\((?P<line>[0-9]+),[0-9]+\): error (?P<message>.+)")


def declared(project: Project, package: NodePackage, values: tuple[str, ...], leaves: tuple[str, ...] = ()) -> Declared:
    """It may read all sources, and whatever is installed."""
    manager = manager_of(project.root, package)
    lock = lock_of(project.root, manager)
    made = (*compiled(project.root, package), *leaves)
    files = (*node_sources(project, made), FILE, *SETTINGS, *((lock,) if lock else ()))
    return Declared(files, (version_of("node", project.cache), *values), leaves)


def own_commands(project: Project, package: NodePackage, check: Check) -> tuple[str, ...]:
    """What the user has written instead; UsageError if it names a script that is not there."""
    for command in check or ():
        named = _RUN.match(command)
        if named and package.script(named[1]) is None:
            scripts = [name for name, _ in package.scripts]
            meant = nearest(named[1], scripts)
            hint = f"did you mean {meant!r}?" if meant else f"scripts: {', '.join(scripts) or 'none'}"
            raise UsageError(f"there is no script {named[1]!r}", where=FILE, hint=hint)
    return check or ()


def run_script(work: Work, name: str, env_add: Mapping[str, str | None] | None = None) -> None:
    """The script, to its end; SeveralFailed with what it complained about."""
    manager = manager_of(work.project.root, read_node_package(work.project.root))
    words = manager.run(name)
    check(words, work.tool(words, cwd=work.project.root, env_add={**QUIET, **(env_add or {})}))


def run_command(work: Work, command: str, env_add: Mapping[str, str | None] | None = None) -> Completed:
    """A command of the user's, which finds the programs that the project has installed."""
    programs = os.path.join(work.project.root, "node_modules", ".bin")
    line = f'PATH="{programs}:$PATH"; export PATH\n{command}'
    return work.tool(shell(work.project, line), cwd=work.project.root, env_add={**QUIET, **(env_add or {})})


def run_commands(work: Work, commands: tuple[str, ...]) -> str:
    """All of them, also after one that fails: the user sees all at once."""
    ended = [(command, run_command(work, command)) for command in commands]
    failed = [finding for command, done in ended if not done.ok for finding in _findings((command,), done)]
    if failed:
        raise SeveralFailed(failed)
    return f"{counted(len(commands), 'command')} ok"


def document(output: str) -> dict[str, object]:
    """The object that a program printed as JSON, between warnings; ValueError if it printed none."""
    begins = 0 if output.startswith("{") else output.index("\n{") + 1
    read, _ = json.JSONDecoder().raw_decode(output, begins)
    if not isinstance(read, dict):
        raise ValueError("no object")
    return read


def check(words: tuple[str, ...], done: Completed) -> None:
    if not done.ok:
        raise SeveralFailed(_findings(words, done))


def _findings(words: tuple[str, ...], done: Completed) -> Iterator[Finding]:
    command = " ".join(words)
    output = done.stdout + done.stderr
    found = (*_of_typescript(output), *complaints(output))
    if found:
        yield Finding(f"{command} found {counted(len(found), 'problem')}", found[0].where, command)
        yield from found[:_TOLD]
    else:
        yield Finding(
            f"{command} ended with code {done.returncode}: {said(output) or 'it said nothing'}", FILE, command
        )


def _of_typescript(output: str) -> Iterator[Finding]:
    for line in output.splitlines():
        if found := _TYPESCRIPT.fullmatch(line.rstrip()):
            yield Finding(found["message"], f"{found['path']}:{found['line']}")
