"""Turns the finished wheel into the proof that it is complete: installed alone, it has all workflows and resources."""

import csv
import io
import os
import zipfile
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import NamedTuple

from bigflow.builder.step import Declared, Done, NotNeeded, Project, StepFailed, Wishes, Work
from bigflow.builder.wheel.listing import Listing
from bigflow.builder.wheel.places import RUNTIME, wheel_path
from bigflow.builder.wheel.trial import install_and_list
from bigflow.errors import UsageError
from bigflow.project.discovery import INDEX
from bigflow.project.spec import ProjectSpec

_AGAIN = "bigflow build --only build"


class _Expected(NamedTuple):
    """What the wheel says that it holds."""

    listed: str  # the text of the index
    resources: Mapping[str, str]  # name -> hash


def declare(project: Project, wishes: Wishes) -> Declared | NotNeeded:
    """It has nothing to do with the sources any more."""
    files = (wheel_path(project), RUNTIME, project.spec.requirements_file)
    return Declared(files, (project.python.version, project.spec.package))


def perform(work: Work) -> Done:
    """Compare what an installation shows with what the wheel says."""
    project = work.project
    wheel, runtime = (os.path.join(project.root, path) for path in (wheel_path(project), RUNTIME))
    for path in (wheel, runtime):
        if not os.path.isfile(path):
            raise UsageError(f"there is no {os.path.relpath(path, project.root)}", hint=_AGAIN)
    expected = _expected(wheel, project.spec)
    listing = install_and_list(work, wheel, runtime, tuple(expected.resources))
    _compare(expected, listing, work)
    count = len(listing.workflows)
    return Done(f"wheel installs, {count or 'no'} workflow{'s' * (count != 1)} found")


def _expected(wheel: str, spec: ProjectSpec) -> _Expected:
    inside = f"{spec.package.replace('.', '/')}/"
    try:
        with zipfile.ZipFile(wheel) as archive:
            index = archive.read(f"{inside}{INDEX}").decode()
            record = next(name for name in archive.namelist() if name.endswith(".dist-info/RECORD"))
            rows = list(csv.reader(io.StringIO(archive.read(record).decode())))
    except (KeyError, zipfile.BadZipFile):
        raise UsageError("this is no wheel that a build made", where=wheel, hint=_AGAIN) from None
    folder = f"{inside}resources/"
    return _Expected(index, {name.removeprefix(folder): _hex(h) for name, h, _ in rows if name.startswith(folder)})


def _hex(recorded: str) -> str:
    return urlsafe_b64decode(recorded.removeprefix("sha256=") + "=").hex()


def _compare(expected: _Expected, listing: Listing, work: Work) -> None:
    if listing.index != expected.listed:
        different = sorted(set(listing.index.splitlines()) ^ set(expected.listed.splitlines()))
        raise StepFailed(
            f"the installed wheel has other workflows than the sources: {', '.join(different[:3])}",
            where=wheel_path(work.project),
            hint="does a module make its workflows from files, or variables, that are not in the wheel?",
        )
    unlike = [name for name, sha256 in listing.resources if sha256 != expected.resources[name]]
    if unlike:
        raise StepFailed(
            f"these resources cannot be read from the installed wheel: {', '.join(unlike[:3])}",
            where=wheel_path(work.project),
            hint="is there a folder `resources` among the modules, too?",
        )
