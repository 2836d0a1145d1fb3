"""Turns the table `[tool.bigflow.build]` into typed settings, or into all that is wrong with it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from bigflow.builder.unknown import unknown
from bigflow.errors import Finding, InvalidProject

PHASES = ("install", "pre_build", "build", "post_build")
KEYS = ("lint", "types", "tests", "coverage", "audit", "timeout", "timeouts", "budget", "keep", "smoke", "steps")
STEP_KEYS = ("phase", "name", "run", "inputs", "outputs", "timeout")
AUDITS = ("report", "fail", "off")
TABLE = "[tool.bigflow.build]"
_IMPATIENT = {"audit": 60.0}  # it asks a service, and no build waits long for that
_UNITS = {"B": 1, "KB": 1000, "MB": 1000**2, "GB": 1000**3}
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(B|kB|KB|MB|GB)", re.ASCII)
_NAME = re.compile(r"[a-z][a-z0-9_-]*", re.ASCII)
_JOB = re.compile(r"[^\s.-][^\s.]*\.[^\s.]+")
_ADDRESS = re.compile(r"http://localhost:[0-9]+(?:/\S*)?", re.ASCII)
_Value = TypeVar("_Value")

# A check: found by itself (None), switched off (empty), or the commands that the project wants.
Check: TypeAlias = tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class ShellStep:
    """A step of the project's own: a shell command, what it reads and what it leaves (patterns and paths)."""

    phase: str
    name: str
    run: str
    inputs: tuple[str, ...] = ()  # none: it is never skipped
    outputs: tuple[str, ...] = ()
    timeout: float | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """How the project wants to be built."""

    lint: Check = None
    types: Check = None
    tests: Check = None
    coverage: float | None = None  # percent that must be reached
    audit: str = "report"  # one of AUDITS; for Node a severity, too
    timeout: float = 3600.0  # seconds that a step may take
    timeouts: tuple[tuple[str, float], ...] = ()
    budget: tuple[tuple[str, int], ...] = ()  # kind of artifact -> bytes
    keep: int = 50  # builds in the history
    smoke: str | None = None  # what is tried in the finished image: a job, "daily.fetch", or an address of a service
    steps: tuple[ShellStep, ...] = field(default=())
    table: str = TABLE  # where a user writes them

    def time_limit(self, step: str) -> float:
        """The seconds that a step may take."""
        own = {said.name: said.timeout for said in self.steps if said.timeout is not None}
        return {**_IMPATIENT, **own, **dict(self.timeouts)}.get(step, self.timeout)


def settings(
    table: tuple[tuple[str, object], ...], where: str, *, named: str = TABLE, audits: tuple[str, ...] = AUDITS
) -> Settings:
    """The settings that the table says; InvalidProject with all that is wrong with it."""
    reading = _Reading(dict(table), where)
    read = Settings(
        lint=reading.check("lint"),
        types=reading.check("types"),
        tests=reading.check("tests"),
        coverage=reading.number("coverage", None, 100),
        audit=reading.choice("audit", audits),
        timeout=reading.number("timeout", 3600.0),
        timeouts=tuple(reading.seconds("timeouts")),
        budget=tuple(reading.sizes("budget")),
        keep=int(reading.number("keep", 50.0)),
        smoke=reading.smoke("smoke"),
        steps=tuple(reading.steps()),
        table=named,
    )
    if reading.findings:
        raise InvalidProject(reading.findings)
    return read


class _Reading:
    """One pass over the table: values come out, what is wrong is collected."""

    def __init__(self, table: dict[str, object], where: str) -> None:
        self._table = table
        self._where = where
        self.findings: list[Finding] = []
        self._known("build", table, KEYS)

    def check(self, key: str) -> Check:
        match self._table.get(key):
            case None | True | "auto":
                return None
            case False | "" | "off":
                return ()
            case str() as command:
                return (command,)
            case [*commands] if all(isinstance(command, str) and command.strip() for command in commands):
                return tuple(str(command) for command in commands)
        self._wrong(f"build.{key} must be a command, a list of commands, true or false")
        return None

    def number(self, key: str, default: _Value, most: float = float("inf")) -> float | _Value:
        value = self._table.get(key)
        if value is None:
            return default
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= most:
            return float(value)
        self._wrong(f"build.{key} must be a number greater than 0" + (f", at most {most:g}" if most < 1e300 else ""))
        return default

    def smoke(self, key: str) -> str | None:
        value = self._table.get(key)
        if value is None or (isinstance(value, str) and (_ADDRESS.fullmatch(value) or _JOB.fullmatch(value))):
            return value
        hint = 'a job of the project ("daily.fetch"), or where a service answers ("http://localhost:8080/health")'
        self._wrong(f"build.{key} cannot be {value!r}", hint)
        return None

    def choice(self, key: str, options: tuple[str, ...]) -> str:
        value = self._table.get(key, options[0])
        if value in options:
            return str(value)
        self._wrong(f"build.{key} cannot be {value!r}", f"one of {', '.join(options)}")
        return options[0]

    def seconds(self, key: str) -> Iterator[tuple[str, float]]:
        for name, value in self._below(key).items():
            if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
                yield name, float(value)
            else:
                self._wrong(f"build.{key}.{name} must be seconds, greater than 0")

    def sizes(self, key: str) -> Iterator[tuple[str, int]]:
        for name, value in self._below(key).items():
            found = _SIZE.fullmatch(value) if isinstance(value, str) else None
            if found:
                yield name, int(float(found[1]) * _UNITS[found[2].upper()])
            else:
                self._wrong(f"build.{key}.{name} cannot be {value!r}", 'for example "20 MB"')

    def steps(self) -> Iterator[ShellStep]:
        said = self._table.get("steps", [])
        if not isinstance(said, list) or not all(isinstance(one, dict) for one in said):
            self._wrong("build.steps must be tables: [[tool.bigflow.build.steps]]")
            return
        names: set[str] = set()
        for table in said:
            step = self._step(table)
            if step is not None and step.name in names:
                self._wrong(f"two steps of build.steps are called {step.name!r}", "give one of them another name")
            elif step is not None:
                names.add(step.name)
                yield step

    def _step(self, table: dict[str, object]) -> ShellStep | None:
        self._known("build.steps", table, STEP_KEYS)
        match table:
            case {"phase": str() as phase, "name": str() as name, "run": str() as run} if run.strip():
                pass
            case _:
                self._wrong("a step of build.steps needs `phase`, `name` and `run`", 'phase = "pre_build"')
                return None
        if phase not in PHASES:
            self._wrong(f"the step {name!r} has no such phase: {phase!r}", f"one of {', '.join(PHASES)}")
            return None
        if not _NAME.fullmatch(name):
            self._wrong(f"a step cannot be called {name!r}", "small letters, digits, - and _; a letter first")
            return None
        inputs, outputs = (self._texts(table, name, key) for key in ("inputs", "outputs"))
        timeout = table.get("timeout")
        if timeout is not None and (not isinstance(timeout, int | float) or timeout <= 0):
            self._wrong(f"the step {name!r}: timeout must be seconds, greater than 0")
            return None
        return ShellStep(phase, name, run, inputs, outputs, timeout)

    def _texts(self, table: dict[str, object], name: str, key: str) -> tuple[str, ...]:
        match table.get(key, []):
            case [*texts] if all(isinstance(text, str) and text for text in texts):
                return tuple(str(text) for text in texts)
        self._wrong(f"the step {name!r}: {key} must be a list of paths or patterns")
        return ()

    def _below(self, key: str) -> dict[str, object]:
        value = self._table.get(key, {})
        if isinstance(value, dict):
            return value
        self._wrong(f"build.{key} must be a table")
        return {}

    def _known(self, table: str, said: dict[str, object], keys: tuple[str, ...]) -> None:
        for message, hint in unknown(table, said, keys):
            self._wrong(message, hint)

    def _wrong(self, message: str, hint: str = "") -> None:
        self.findings.append(Finding(message, self._where, hint))
