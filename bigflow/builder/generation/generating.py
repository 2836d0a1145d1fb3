"""Turns what is wanted into the folder of generated code, or into what is no longer as it was generated."""

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bigflow._files import files_below, replace_folder, write_atomically
from bigflow._version import __version__
from bigflow.builder.failures import last_line
from bigflow.builder.fingerprint import Fingerprints
from bigflow.builder.generation.protoc import compile_protos
from bigflow.builder.generation.state import State, read_state, write_state
from bigflow.builder.generation.wanted import Wanted, wanted
from bigflow.builder.shell import shell
from bigflow.builder.step import Project, StepFailed, Work
from bigflow.builder.traceless import traceless
from bigflow.errors import Finding
from bigflow.project import generated_path
from bigflow.project.generated_path import ENTRY, GENERATED, STATE

_COMMAND = "bigflow generate"


@dataclass(frozen=True, slots=True)
class Generated:
    """What lies there now."""

    files: int
    by: tuple[str, ...]
    warnings: tuple[Finding, ...]


def generate(work: Work, what: Wanted) -> Generated:
    """The whole folder is made anew; it takes its place when all of it is right."""
    root, out = work.project.root, os.path.join(work.folder, "generated")
    read = _read(work.project, what)
    os.makedirs(out)
    by: list[str] = []
    warnings: tuple[Finding, ...] = ()
    if what.protos:
        generator, warnings = compile_protos(work, what, out)
        by.append(generator)
    for hook in what.hooks:
        _run(work, hook.run, hook.outputs, out)
        by.append(f"hook {hook.run!r}")
    files = tuple(files_below(out))
    _refuse_twins(root, files)
    _make_packages(root, out, files)
    replace_folder(out, os.path.join(root, GENERATED))
    _write_entry(root)
    write_state(root, State(read, Fingerprints(root, "").digest((GENERATED,)), tuple(by)))
    return Generated(len(files), tuple(by), warnings)


def remove(root: str) -> None:
    """There is nothing to generate any more."""
    for path in (GENERATED, ENTRY):
        shutil.rmtree(os.path.join(root, path), ignore_errors=True)
    if os.path.isfile(os.path.join(root, STATE)):
        os.unlink(os.path.join(root, STATE))


def outdated(project: Project) -> tuple[Finding, ...]:
    """Why the code that lies there is not what would be generated now."""
    what = wanted(project)
    there = os.path.isdir(os.path.join(project.root, GENERATED))
    if not what:
        return (Finding("there is nothing to generate any more", GENERATED, _COMMAND),) if there else ()
    if not there:
        return (Finding("nothing is generated yet", GENERATED, _COMMAND),)
    state, now = read_state(project.root), _read(project, what)
    before = state.read
    changed = sorted(path for path in before.keys() | now.keys() if before.get(path) != now.get(path))
    findings = [Finding(_change(path, before, now), path, _COMMAND) for path in changed]
    if Fingerprints(project.root, "").digest((GENERATED,)) != state.left:
        findings.append(Finding("the generated code was changed", GENERATED, _COMMAND))
    return tuple(findings)


def _change(path: str, before: Mapping[str, str], now: dict[str, str]) -> str:
    came = "was removed" if path not in now else "is new" if path not in before else "has changed"
    return f"{path} {came} since the code was generated"


def _read(project: Project, what: Wanted) -> dict[str, str]:
    """Each source with its hash, and one for all that is said about them."""
    prints = Fingerprints(project.root, "")
    return {**dict(prints.of(what.files)), "pyproject.toml": prints.digest((), __version__, *what.values)}


def _run(work: Work, command: str, outputs: Iterable[str], out: str) -> None:
    """A hook runs where the project is, with the project's tools first."""
    completed = work.tool(
        shell(work.project, command), cwd=work.project.root, env_add={**traceless(work.project), "OUT": out}
    )
    if not completed.ok:
        said = last_line(completed.stdout + completed.stderr)
        message = f"a hook ended with code {completed.returncode}" + (f": {said}" if said else "")
        raise StepFailed(message, where=work.project.spec.where("generate"), hint=command)
    for output in outputs:
        if not os.path.lexists(os.path.join(out, output)):
            hint = f"let the command write $OUT/{output}, or correct `outputs`"
            raise StepFailed(f"a hook did not leave {output}", where=work.project.spec.where("generate"), hint=hint)


def _refuse_twins(root: str, files: Iterable[str]) -> None:
    """What somebody has put among the sources would be imported in its place."""
    for path in files:
        if os.path.isfile(os.path.join(root, path)):
            raise StepFailed(
                f"{path} is generated, and lies among the sources as well", where=path, hint=f"git rm {path}"
            )


def _make_packages(root: str, out: str, files: Iterable[str]) -> None:
    """Each folder with modules becomes a package, unless it is one among the sources already."""
    for path in files:
        folder = os.path.dirname(path)
        while folder and path.endswith((".py", ".pyi")):
            init = os.path.join(folder, "__init__.py")
            if not os.path.exists(os.path.join(root, init)) and not os.path.exists(os.path.join(out, init)):
                write_atomically(os.path.join(out, init), "")
            folder = os.path.dirname(folder)


def _write_entry(root: str) -> None:
    """For every Python that gets the folder in PYTHONPATH."""
    with open(generated_path.__file__, encoding="utf-8") as file:
        text = file.read()
    write_atomically(os.path.join(root, ENTRY, "sitecustomize.py"), f"{text}\n\nstand_in(__file__)\n")
