"""Turns .proto files into modules of Python, with stubs, or into what is wrong with them."""

import os
import re
from collections.abc import Iterator

from bigflow._files import files_below
from bigflow.builder.failures import SeveralFailed, last_line
from bigflow.builder.generation.protos import module_of, moved
from bigflow.builder.generation.wanted import Wanted
from bigflow.builder.step import StepFailed, Work
from bigflow.builder.wheel.environments import environment, python_of
from bigflow.errors import Finding

_ROOM = "generators"
_COMPLAINT = re.compile(r"^(?P<file>[^\s:]+\.proto):(?:(?P<line>\d+):\d+:)? (?P<warning>warning: )?(?P<what>.+)$", re.M)
_MADE_WITH = re.compile(r"^# Protobuf Python Version: (\S+)$", re.MULTILINE)


def compile_protos(work: Work, wanted: Wanted, out: str) -> tuple[str, tuple[Finding, ...]]:
    """Fill the folder. The generator with its version, and warnings."""
    requires = (f"grpcio-tools=={wanted.generator}",)
    python = python_of(environment(work, _ROOM, requires, requires))
    place = os.path.join(out, wanted.into)
    os.makedirs(place, exist_ok=True)
    virtual = [os.path.relpath(path, wanted.root or os.curdir) for path in wanted.protos]
    ways = [f"--{way}_out={place}" for way in ("python", "pyi", "grpc_python")]
    completed = work.tool(
        (python, "-P", "-s", "-m", "grpc_tools.protoc", "-I.", *ways, *virtual),
        cwd=os.path.join(work.project.root, wanted.root),
        env_add={"PYTHONPATH": None, "PYTHONHOME": None},
    )
    complaints = tuple(_complaints(completed.stdout + completed.stderr, wanted.root))
    if not completed.ok:
        wrong = [finding for is_warning, finding in complaints if not is_warning]
        said = last_line(completed.stdout + completed.stderr)
        raise SeveralFailed(wrong or [Finding(f"protoc ended with code {completed.returncode}: {said}")])
    _put_right(place, wanted, frozenset(map(module_of, virtual)))
    protobuf = _made_with(place, virtual[0])
    warnings = [finding for _, finding in complaints]
    return f"grpcio-tools {wanted.generator} (protobuf {protobuf})", (*warnings, *_runtime(wanted, protobuf))


def _complaints(output: str, root: str) -> Iterator[tuple[bool, Finding]]:
    """Whether it is a warning only, and what it says, with the place in the project."""
    for found in _COMPLAINT.finditer(output):
        where = os.path.join(root, found["file"]) + (f":{found['line']}" if found["line"] else "")
        yield bool(found["warning"]), Finding(found["what"], where)


def _put_right(place: str, wanted: Wanted, modules: frozenset[str]) -> None:
    """Imports follow the code to where it lies. For a file without services, the part of gRPC would do nothing."""
    package = wanted.into.replace("/", ".")
    for path in list(files_below(place)):
        full = os.path.join(place, path)
        with open(full, encoding="utf-8") as file:
            code = file.read()
        if path.endswith("_pb2_grpc.py") and "\nclass " not in code:
            os.unlink(full)
            continue
        with open(full, "w", encoding="utf-8") as file:
            file.write(moved(code, modules, package))


def _made_with(place: str, virtual: str) -> str:
    with open(os.path.join(place, *module_of(virtual).split(".")) + ".py", encoding="utf-8") as file:
        found = _MADE_WITH.search(file.read())
    return found[1] if found else "unknown"


def _runtime(wanted: Wanted, made_with: str) -> Iterator[Finding]:
    """Generated code refuses to be imported where protobuf is older, or missing."""
    if wanted.protobuf is None:
        hint = f"add protobuf>={made_with} to requirements.in"
        yield Finding("generated code needs protobuf, which the project does not require", hint=hint)
    elif wanted.protobuf and _parts(wanted.protobuf) < _parts(made_with):
        raise StepFailed(
            f"the code that grpcio-tools {wanted.generator} generates needs protobuf {made_with}, "
            f"and the project has {wanted.protobuf}",
            hint=f"require protobuf>={made_with}, or name an older `generator` under [tool.bigflow.generate]",
        )


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])
