"""Turns the text of a buildspec into what it says, or into all that is wrong with it."""

import re

from bigflow.builder.buildspec.batch import batch
from bigflow.builder.buildspec.grammar import PHASES, Buildspec, Command, Pairs, PhaseSpec, Variables
from bigflow.builder.buildspec.on_failure import OnFailure, on_failure
from bigflow.builder.buildspec.outputs import artifacts, cache, reports
from bigflow.builder.buildspec.reading import Reading, line_of
from bigflow.builder.buildspec.yaml_nodes import Items, Node, Table, Text, read_yaml
from bigflow.errors import InvalidProject, UsageError, nearest

VERSIONS = {"0.1": False, "0.2": True}  # whether all commands share a shell
_TOP = (
    "version",
    "run-as",
    "env",
    "environment_variables",
    "proxy",
    "batch",
    "phases",
    "reports",
    "artifacts",
    "cache",
)
_ENV = (
    "shell",
    "variables",
    "plaintext",
    "parameter-store",
    "secrets-manager",
    "exported-variables",
    "git-credential-helper",
)
_PHASE = ("run-as", "on-failure", "runtime-versions", "commands", "finally", "steps")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


def parse_buildspec(text: str, file: str) -> Buildspec:
    """What it says; InvalidProject with all that is wrong, each with its line."""
    root = read_yaml(text, file)
    if not isinstance(root, Table):
        told = "it is empty" if root is None else "it must begin with keys, such as `version`"
        raise UsageError(f"this is no buildspec: {told}", where=file, hint="version: 0.2")
    reading = Reading(file)
    top = reading.table(root, "a buildspec", _TOP)
    lasting = _lasting_shell(reading, top.get("version"), root.line)
    reading.table(top.get("proxy"), "proxy", ("upload-artifacts", "logs"))
    read = Buildspec(
        file=file,
        lasting_shell=lasting,
        run_as=reading.text(top.get("run-as"), "run-as"),
        variables=_variables(reading, top.get("env") or top.get("environment_variables")),
        phases=_phases(reading, top.get("phases")),
        reports=reports(reading, top.get("reports")),
        artifacts=artifacts(reading, top.get("artifacts")),
        cache=cache(reading, top.get("cache")),
        batch=batch(reading, top.get("batch")),
        warnings=tuple(reading.warnings),
    )
    if reading.errors:
        raise InvalidProject(reading.errors)
    return read


def _lasting_shell(reading: Reading, node: Node | None, line: int) -> bool:
    said = reading.text(node, "version")
    if said is None:
        reading.wrong("a buildspec needs a version", line_of(node) or line, "version: 0.2")
    elif said not in VERSIONS:
        reading.wrong(f"there is no version {said!r} of buildspecs", line_of(node), "version: 0.2")
    return VERSIONS.get(said or "", True)


def _variables(reading: Reading, node: Node | None) -> Variables:
    env = reading.table(node, "env", _ENV)
    plain = reading.pairs(env.get("variables") or env.get("plaintext"), "env.variables")
    parameters = reading.pairs(env.get("parameter-store"), "env.parameter-store")
    secrets = reading.pairs(env.get("secrets-manager"), "env.secrets-manager")
    exported = reading.texts(env.get("exported-variables"), "env.exported-variables")
    for name in (*(name for name, _ in (*plain, *parameters, *secrets)), *exported):
        if not _NAME.fullmatch(name):
            reading.wrong(f"a variable cannot be called {name!r}", line_of(node), "letters, digits and _")
        elif name.startswith("CODEBUILD_") and name not in exported:
            reading.odd(f"{name} is reserved; what env says of it is passed over", line_of(node))
    for name, value in (*parameters, *secrets):
        if not value:
            reading.wrong(f"env says nothing of where {name} comes from", line_of(node), f"{name}: its-name-there")
    reading.flag(env.get("git-credential-helper"), "env.git-credential-helper")
    return Variables(
        shell=reading.text(env.get("shell"), "env.shell"),
        plain=_not_reserved(plain),
        parameters=_not_reserved(parameters),
        secrets=_not_reserved(secrets),
        exported=exported,
        line=line_of(node),
    )


def _not_reserved(pairs: Pairs) -> Pairs:
    return tuple(pair for pair in pairs if not pair[0].startswith("CODEBUILD_"))


def _phases(reading: Reading, node: Node | None) -> tuple[PhaseSpec, ...]:
    table = reading.table(node, "phases")
    for name in table:
        if name not in PHASES:
            meant = nearest(name, PHASES)
            hint = f"did you mean {meant!r}?" if meant else f"one of {', '.join(PHASES)}"
            reading.odd(f"there is no phase {name!r}; its commands are not run", line_of(table[name]), hint)
    return tuple(_phase(reading, name, table[name]) for name in PHASES if name in table)


def _phase(reading: Reading, name: str, node: Node) -> PhaseSpec:
    table = reading.table(node, f"phases.{name}", _PHASE)
    runtimes = table.get("runtime-versions")
    if "steps" in table:
        reading.odd(f"phases.{name}.steps belongs to other services; it is passed over", line_of(table["steps"]))
    if runtimes is not None and name != "install":
        reading.odd("runtime-versions counts in the phase install only; it is passed over", runtimes.line)
    return PhaseSpec(
        name,
        commands=_commands(reading, table.get("commands"), f"phases.{name}.commands"),
        closing=_commands(reading, table.get("finally"), f"phases.{name}.finally"),
        on_failure=_on_failure(reading, table.get("on-failure"), name),
        run_as=reading.text(table.get("run-as"), f"phases.{name}.run-as"),
        runtimes=reading.pairs(runtimes, "runtime-versions") if name == "install" else (),
        line=line_of(node),
    )


def _commands(reading: Reading, node: Node | None, what: str) -> tuple[Command, ...]:
    match node:
        case None | Text(empty=True):
            return ()
        case Text():
            reading.odd(f"{what} should be a list: put a dash before the command", node.line)
            return (Command(node.value, node.line),)
        case Items():
            return tuple(command for one in node.nodes for command in _command(reading, one, what))
    reading.wrong(f"{what} must be a list of commands", node.line, "put a dash before each command")
    return ()


def _command(reading: Reading, node: Node, what: str) -> tuple[Command, ...]:
    match node:
        case Text(empty=True) | Text(value=""):
            reading.odd(f"{what} has a dash without a command", node.line)
            return ()
        case Text():
            return (Command(node.value, node.line),)
        case Items():  # an anchor with several commands
            return tuple(command for one in node.nodes for command in _command(reading, one, what))
    reading.wrong(
        f"a command of {what} is a table for YAML, because of a colon with a space behind it",
        node.line,
        "put the whole command in quotes",
    )
    return ()


def _on_failure(reading: Reading, node: Node | None, phase: str) -> OnFailure:
    said = reading.text(node, f"phases.{phase}.on-failure")
    if said is None:
        return OnFailure()
    read = on_failure(said)
    if read is None:
        hint = "ABORT, CONTINUE, RETRY, RETRY-2, RETRY-a regular expression, RETRY-2-a regular expression"
        reading.wrong(f"phases.{phase}.on-failure cannot be {said!r}", line_of(node), hint)
    return read or OnFailure()
