"""Turns what a build backend made, the contents and the index into the entries of the wheel in its normal form."""

import os
import zipfile
from typing import NamedTuple

from bigflow.builder.requirements.names import normal
from bigflow.builder.step import StepFailed
from bigflow.builder.wheel.archive import Entry, data_folder, dist_info
from bigflow.builder.wheel.contents import Contents
from bigflow.builder.wheel.metadata import rewritten
from bigflow.project.discovery import INDEX
from bigflow.project.spec import ProjectSpec

_OURS = ("WHEEL", "RECORD", "INSTALLER", "REQUESTED", "direct_url.json")  # written anew, or by who installs


class Parts(NamedTuple):
    """What a wheel is put together of."""

    spec: ProjectSpec
    version: str
    contents: Contents
    source: str  # the staging folder
    listed: str  # the text of the index


class Assembled(NamedTuple):
    """The entries, and the files of the backend's that have no place among them."""

    entries: tuple[Entry, ...]
    left_out: tuple[str, ...]


def assemble(backend_wheel: str, parts: Parts, folder: str) -> Assembled:
    """Modules and metadata are the backend's word; resources and index are ours. `folder` takes what is unpacked."""
    entries = {
        one.target: Entry(one.target, os.path.join(parts.source, one.path), one.executable)
        for one in parts.contents.resources
    }
    entries |= {
        one.target: Entry(one.target, os.path.join(parts.source, one.target)) for one in parts.contents.generated
    }
    left_out: list[str] = []
    with zipfile.ZipFile(backend_wheel) as archive:
        for member in archive.infolist():
            target = _target(member.filename, parts)
            if member.is_dir() or target in entries or _is_written_anew(member.filename):
                continue
            if target is None:
                left_out.append(member.filename)
            else:
                entries[target] = _entry(archive, member, target, parts, folder)
    index = f"{_folder(parts.spec.package)}/{INDEX}"
    entries[index] = Entry(index, parts.listed.encode())
    _refuse_gaps(parts, entries)
    return Assembled(tuple(entries.values()), tuple(left_out))


def _target(name: str, parts: Parts) -> str | None:
    """Where a file of the backend's wheel lies in ours; None for what lies in none of the packages."""
    top, _, rest = name.partition("/")
    project, version = parts.spec.name, parts.version
    if top.endswith(".dist-info") and normal(top.partition("-")[0]) == normal(project):
        return f"{dist_info(project, version)}/{rest}"
    if top.endswith(".data") and normal(top.partition("-")[0]) == normal(project):
        return f"{data_folder(project, version)}/{rest}"
    inside = any(name.startswith(f"{_folder(package)}/") for package in parts.contents.packages)
    return name if inside else None


def _is_written_anew(name: str) -> bool:
    top, _, rest = name.partition("/")
    return top.endswith(".dist-info") and rest in _OURS


def _entry(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: str, parts: Parts, folder: str) -> Entry:
    executable = bool(member.external_attr >> 16 & 0o100)
    if target == f"{dist_info(parts.spec.name, parts.version)}/METADATA":
        return Entry(target, rewritten(archive.read(member), parts.spec.name, parts.version), executable)
    return Entry(target, archive.extract(member, folder), executable)


def _refuse_gaps(parts: Parts, entries: dict[str, Entry]) -> None:
    """A module that the backend left behind would be missed in production only."""
    missing = [source.target for source in parts.contents.code if source.target not in entries]
    if missing:
        raise StepFailed(
            f"the build backend left out {', '.join(missing[:3])}" + (" and more" if len(missing) > 3 else ""),
            where="pyproject.toml" if os.path.exists(os.path.join(parts.source, "pyproject.toml")) else "setup.py",
            hint="name all packages, and py.typed, for example with [tool.setuptools] packages and package-data",
        )
    if f"{dist_info(parts.spec.name, parts.version)}/METADATA" not in entries:
        raise StepFailed(f"the build backend made no metadata of {parts.spec.name}", where="pyproject.toml")


def _folder(package: str) -> str:
    return package.replace(".", "/")
