"""Turns the table `[tool.bigflow.generate]` into typed settings, or into all that is wrong with it."""

import re
from dataclasses import dataclass

from bigflow.builder.unknown import unknown
from bigflow.errors import Finding, InvalidProject
from bigflow.project.spec import ProjectSpec

KEYS = ("protos", "into", "generator", "hooks")
HOOK_KEYS = ("run", "inputs", "outputs")
_GENERATOR = re.compile(r"grpcio-tools *== *([0-9]+(?:\.[0-9]+)+[A-Za-z0-9.]*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Hook:
    """A command that generates something: what it reads (patterns), and what it leaves in the folder $OUT."""

    run: str
    inputs: tuple[str, ...] = ()  # none: it always runs
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """What is to be generated, and how."""

    protos: tuple[str, ...] | None = None  # patterns; None: those in the package
    into: str | None = None  # a folder of packages: "shop/protos"; None: where the .proto files lie
    generator: str = ""  # the version of grpcio-tools; empty: one that suits the lock
    hooks: tuple[Hook, ...] = ()


def settings(spec: ProjectSpec) -> Settings:
    """The settings that the table says; InvalidProject with all that is wrong with it."""
    reading = _Reading(dict(spec.generate), spec.where("generate"))
    read = Settings(
        protos=reading.patterns("protos") if "protos" in reading.table else None,
        into=reading.into(),
        generator=reading.generator(),
        hooks=reading.hooks(),
    )
    if reading.findings:
        raise InvalidProject(reading.findings)
    return read


class _Reading:
    """One pass over the table: values come out, what is wrong is collected."""

    def __init__(self, table: dict[str, object], where: str) -> None:
        self.table = table
        self.findings: list[Finding] = []
        self._where = where
        self._known("generate", table, KEYS)

    def patterns(self, key: str) -> tuple[str, ...]:
        return self._texts(self.table, "generate", key)

    def into(self) -> str | None:
        value = self.table.get("into")
        if value is None:
            return None
        path = value.strip("/").replace(".", "/") if isinstance(value, str) else ""
        if path and all(part.isidentifier() for part in path.split("/")):
            return path
        self._wrong(f"generate.into cannot be {value!r}", 'the folder of a package, for example "shop/protos"')
        return None

    def generator(self) -> str:
        value = self.table.get("generator", "")
        found = _GENERATOR.fullmatch(value) if isinstance(value, str) else None
        if found:
            return found[1]
        if value != "":
            self._wrong(f"generate.generator cannot be {value!r}", 'one version, for example "grpcio-tools==1.76.0"')
        return ""

    def hooks(self) -> tuple[Hook, ...]:
        said = self.table.get("hooks", [])
        if not isinstance(said, list) or not all(isinstance(one, dict) for one in said):
            self._wrong("generate.hooks must be tables", "[[tool.bigflow.generate.hooks]]")
            return ()
        return tuple(hook for table in said if (hook := self._hook(table)) is not None)

    def _hook(self, table: dict[str, object]) -> Hook | None:
        self._known("generate.hooks", table, HOOK_KEYS)
        run = table.get("run")
        if not isinstance(run, str) or not run.strip():
            self._wrong("a hook of generate.hooks needs `run`, a command", 'run = "python tools/make.py $OUT"')
            return None
        inputs, outputs = (self._texts(table, "generate.hooks", key) for key in ("inputs", "outputs"))
        for output in outputs:
            if output.startswith("/") or ".." in output.split("/"):
                self._wrong(f"a hook cannot leave {output!r}", "`outputs` are files in the folder that $OUT names")
        return Hook(run, inputs, outputs)

    def _texts(self, table: dict[str, object], name: str, key: str) -> tuple[str, ...]:
        value = table.get(key, [])
        if isinstance(value, str) and value:
            return (value,)
        if isinstance(value, list) and all(isinstance(text, str) and text for text in value):
            return tuple(value)
        self._wrong(f"{name}.{key} must be a list of paths or patterns")
        return ()

    def _known(self, table: str, said: dict[str, object], keys: tuple[str, ...]) -> None:
        for message, hint in unknown(table, said, keys):
            self._wrong(message, hint)

    def _wrong(self, message: str, hint: str = "") -> None:
        self.findings.append(Finding(message, self._where, hint))
