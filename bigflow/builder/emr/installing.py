"""Turns the project's lock into a folder of packages, installed for EMR and not for this machine."""

import os
import re

from bigflow._files import write_atomically
from bigflow._process import Completed
from bigflow.builder.emr.settings import EmrSettings
from bigflow.builder.image.requirements import requirements_of
from bigflow.builder.requirements.compiling import excluding
from bigflow.builder.requirements.lock import locked
from bigflow.builder.requirements.names import FRAMEWORKS
from bigflow.builder.requirements.order import files_for
from bigflow.builder.step import Project, StepFailed, Work
from bigflow.builder.uv.calling import find_uv
from bigflow.builder.uv.failures import failure
from bigflow.errors import BigflowError, UsageError

_ARCHITECTURES = {"linux/amd64": "x86_64", "linux/arm64": "aarch64"}
_GLIBC_OF_UV = (17, 28, *range(31, 41))  # for which uv has a name: manylinux_2_17, ...
_NO_WHEEL = re.compile(r"Wheels are required for `([^`]+)`|([A-Za-z0-9._-]+==\S+) has no (?:usable )?wheels")
_PYTHON = re.compile(r"\b([A-Za-z0-9][A-Za-z0-9._-]*(?:==[^\s,]+)?) (?:requires|depends on) Python ?([^\s,]+)")


def install(work: Work, wanted: EmrSettings) -> str | None:
    """The folder; None when nothing is required. Only wheels: what is built here need not run there."""
    project = work.project
    source, _ = files_for(project.spec.requirements_file)
    lock = requirements_of(project)
    if not lock.lines:
        if os.path.isfile(os.path.join(project.root, source)) and not os.path.isfile(
            os.path.join(project.root, lock.path)
        ):
            raise UsageError(f"there is no {lock.path}", where=source, hint="bigflow build-requirements   makes it")
        return None
    folder = os.path.join(work.folder, "packages")
    named = os.path.join(work.folder, "places.txt")
    write_atomically(named, "".join(f"{line}\n" for line in lock.places))
    uv = find_uv(project.root, work.tool, offline=work.wishes.offline)
    done = uv.run(
        *("pip", "install", "--target", folder, "--link-mode", "hardlink"),
        *("--python", project.python.path, "--python-version", wanted.python),
        *("--python-platform", uv_platform(wanted.platform, wanted.glibc), "--only-binary", ":all:"),
        *(("--require-hashes",) if lock.hashed else ()),
        *("--requirements", lock.path, "--requirements", named),
        *excluding((*FRAMEWORKS, *wanted.provided), work.folder),
        *("--quiet", "--color", "never", "--no-progress", *uv.options),
    )
    if not done.ok:
        raise _unfit(done, project, wanted) or failure(done, f"install {lock.path} for EMR")
    return folder if os.path.isdir(folder) else None


def left_out(project: Project, wanted: EmrSettings) -> tuple[str, ...]:
    """What the lock names and EMR has."""
    lock = locked(os.path.join(project.root, files_for(project.spec.requirements_file)[1]))
    return tuple(sorted({package.name for package in lock} & set(wanted.provided)))


def uv_platform(platform: str, glibc: str) -> str:
    """uv's name of the platform: the newest that EMR's C library can do."""
    number = int(glibc.partition(".")[2])
    fitting = [known for known in _GLIBC_OF_UV if known <= number] or list(_GLIBC_OF_UV[:1])
    return f"{_ARCHITECTURES[platform]}-manylinux_2_{fitting[-1]}"


def _unfit(done: Completed, project: Project, wanted: EmrSettings) -> BigflowError | None:
    """The packages that exist, but not for EMR."""
    said = f"{done.stdout}\n{done.stderr}"
    where = project.spec.where("emr")
    if names := sorted({(first or second).partition("==")[0] for first, second in _NO_WHEEL.findall(said)}):
        return StepFailed(
            f"there is no wheel of {', '.join(names)} for {wanted.target}, and EMR builds none",
            where=where,
            hint="take a version that has one, or another `release` or `python`; if EMR has it: provided = [...]",
        )
    if pythons := sorted({f"{name} (Python {needs})" for name, needs in _PYTHON.findall(said)}):
        return StepFailed(
            f"EMR's Python {wanted.python} is not supported by {', '.join(pythons)}",
            where=where,
            hint=f'a `release` with a newer Python, or older versions: python = "{wanted.python}" in [tool.bigflow], '
            "then bigflow build-requirements --upgrade",
        )
    return None
