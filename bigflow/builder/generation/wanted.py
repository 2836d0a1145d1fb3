"""Turns a project into what has to be generated for it, and from what."""

import glob
import os
from dataclasses import dataclass

from bigflow.builder.generation.package_protos import package_protos
from bigflow.builder.generation.protos import import_root, imports_of
from bigflow.builder.generation.settings import Hook, Settings, settings
from bigflow.builder.requirements.lock import Lock, locked
from bigflow.builder.step import Project
from bigflow.errors import UsageError

# grpcio-tools, by the protobuf that the project has: code of one major version is for that, and for the next.
_BY_PROTOBUF = {"4": "1.62.3", "5": "1.71.2", "6": "1.76.0", "7": "1.85.1"}
_DEFAULT = "1.76.0"


@dataclass(frozen=True, slots=True)
class Wanted:
    """All that decides about the generated code."""

    protos: tuple[str, ...]  # paths in the project
    root: str  # a folder, from which they import each other
    into: str  # a folder of packages; empty for the top
    generator: str  # the version of grpcio-tools
    protobuf: str | None  # the version that the project has; None when it requires none; empty: not known yet
    hooks: tuple[Hook, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        """What is read: paths, and patterns."""
        return (*map(glob.escape, self.protos), *(pattern for hook in self.hooks for pattern in hook.inputs))

    @property
    def values(self) -> tuple[str, ...]:
        """What else decides."""
        return (self.root, self.into, self.generator, repr(self.protobuf), repr(self.hooks))

    def __bool__(self) -> bool:
        return bool(self.protos or self.hooks)


def wanted(project: Project) -> Wanted:
    """What there is to do; of a project without such sources, nothing."""
    said = settings(project.spec)
    protos = _protos(project, said)
    if not protos:
        return Wanted((), "", "", "", None, said.hooks)
    root = import_root({path: imports_of(_text(project.root, path)) for path in protos})
    lock = locked(os.path.join(project.root, project.spec.requirements_file))
    protobuf = (_version(lock, "protobuf") or None) if lock else ""
    return Wanted(protos, root, _into(root, said), _generator(said, lock), protobuf, said.hooks)


def _protos(project: Project, said: Settings) -> tuple[str, ...]:
    if said.protos is None:
        return tuple(sorted(package_protos(project)))
    found: set[str] = set()
    for pattern in said.protos:
        matching = [path for path in glob.glob(pattern, root_dir=project.root, recursive=True) if _is_proto(path)]
        if not matching:
            where = project.spec.where("generate")
            raise UsageError(f"generate.protos: no .proto file matches {pattern!r}", where=where)
        found.update(matching)
    return tuple(sorted(os.path.normpath(path) for path in found))


def _is_proto(path: str) -> bool:
    return path.endswith(".proto")


def _into(root: str, said: Settings) -> str:
    """Beside the .proto files, unless the project says otherwise."""
    if said.into is not None:
        return said.into
    if all(part.isidentifier() for part in root.split("/") if part):
        return root
    hint = 'into = "shop/protos" under [tool.bigflow.generate] names a package'
    raise UsageError(f"the code of {root}/*.proto cannot lie in {root!r}: that is no name of a package", hint=hint)


def _generator(said: Settings, lock: Lock) -> str:
    """What the project says, else what it has: grpcio and its tools are released together."""
    return (
        said.generator
        or _version(lock, "grpcio-tools")
        or _version(lock, "grpcio")
        or _BY_PROTOBUF.get(_version(lock, "protobuf").partition(".")[0], _DEFAULT)
    )


def _version(lock: Lock, name: str) -> str:
    return next((package.version for package in lock if package.name == name), "")


def _text(root: str, path: str) -> str:
    try:
        with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", where=path) from None
