"""Turns the name of a project's resource ("sql/report.sql") into its path or content, from source and when installed.

Resources lie in `resources/`: beside the package in a project's source tree, inside the package in an installed wheel.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NoReturn

from bigflow.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    Name = str | os.PathLike[str]

_FOLDER = "resources"
_PROJECT_MARKS = ("pyproject.toml", "project_setup.py", "setup.py", "deployment_config.py", ".git")


class ResourceError(UsageError, ValueError):
    """A resource that cannot be found or read."""


def path(name: Name, start: Name | None = None) -> Path:
    """Where the resource `name` lies. `start` is a file of the package that asks; without it, the caller's file."""
    return _found(name, start or _caller())


def read_text(name: Name, start: Name | None = None) -> str:
    """The content of the resource `name`, which is UTF-8 text."""
    found = _found(name, start or _caller())
    try:
        return _content(found).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ResourceError(
            f"{found} is not UTF-8 text: byte {error.start} is {error.object[error.start]:#04x}",
            where=str(found),
            hint="save it as UTF-8, or use read_bytes",
        ) from None


def read_bytes(name: Name, start: Name | None = None) -> bytes:
    """The content of the resource `name`."""
    return _content(_found(name, start or _caller()))


def get_resource_absolute_path(resource_file_name: Name, search_start_file: Name | None = None) -> Path:
    """`path`, by its name of 1.11."""
    return _found(resource_file_name, search_start_file or _caller())


def find_file(file_name: Name, search_start_file: Name, max_depth: int = 10) -> Path:
    """The nearest file or folder of this name on the way up from the folder of `search_start_file`."""
    from pathlib import Path

    folders = Path(os.path.abspath(search_start_file)).parents[: max(max_depth, 0)]
    for folder in folders:
        if (folder / file_name).exists():
            return folder / file_name
    raise ResourceError(
        f"there is no '{os.fspath(file_name)}' in {', '.join(map(str, folders)) or 'no folder at all'}",
        where=os.fspath(search_start_file),
        hint=f"check the name; the search went up {max_depth} folders",
    )


def find_all_resources(resources_dir: Name) -> Iterator[str]:
    """Every file of a folder, at any depth, beginning with the name of the folder itself."""
    folder = os.path.abspath(resources_dir)
    for name in _names(folder):
        yield f"{os.path.basename(folder)}/{name}"


def _caller() -> str:
    """The file of the code that called a public function of this module."""
    file = sys._getframe(2).f_globals.get("__file__")
    if not isinstance(file, str):
        raise ResourceError(
            "whose resource is asked for cannot be told: the calling code is in no file",
            hint="name a file of the project: read_text(name, start)",
        )
    return file


def _found(name: Name, start: Name) -> Path:
    from pathlib import Path

    relative = _checked(os.fspath(name))
    folders = _folders(os.path.abspath(start))
    for folder in folders:
        candidate = os.path.join(folder, relative)
        try:
            os.stat(candidate)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            _refuse_unreadable(candidate, error)
        if os.path.isdir(candidate):
            raise ResourceError(
                f"the resource '{relative}' is a folder", where=candidate, hint=_examples(_names(candidate), relative)
            )
        return Path(candidate)
    looked = ", ".join(folders) or "any folder: its package has none"
    raise ResourceError(
        f"there is no resource '{relative}' in {looked}", where=os.fspath(start), hint=_meant(relative, folders)
    )


def _checked(name: str) -> str:
    parts = name.replace("\\", "/").split("/")
    if not name.strip("./") or "\0" in name or ".." in parts or os.path.isabs(name):
        raise ResourceError(
            f"{name!r} is no name of a resource",
            hint=f"a name is relative to {_FOLDER}/ and stays inside it: 'sql/report.sql'",
        )
    return os.path.normpath(name)


def _folders(start: str) -> list[str]:
    """Where the `resources/` of whoever wrote the file `start` may be, the nearest first."""
    _refuse_archive(start)
    # As the file is reached, then as it really lies: packages may be linked into an environment or into a project.
    ways = [
        _upward(file if os.path.isdir(file) else os.path.dirname(file)) for file in (start, os.path.realpath(start))
    ]
    return [os.path.join(folder, _FOLDER) for folder in dict.fromkeys(ways[0] + ways[1])]


def _upward(folder: str) -> list[str]:
    """The folders from `folder` up to the end of its project, and never into somebody else's."""
    passed: list[str] = []
    inside = False  # a package
    while not _is_installation(folder):
        passed.append(folder)
        if os.path.isfile(os.path.join(folder, "__init__.py")):
            inside = True
        elif (inside and os.path.basename(folder) != "src") or _is_project(folder):
            return passed
        if folder == os.path.dirname(folder):
            return passed[:1]  # no package and no project: only the file's own folder is surely its own
        folder = os.path.dirname(folder)
    return passed


def _is_project(folder: str) -> bool:
    return any(os.path.exists(os.path.join(folder, mark)) for mark in _PROJECT_MARKS)


def _is_installation(folder: str) -> bool:
    """Whether packages of several owners lie in `folder`, as pip leaves them."""
    if os.path.basename(folder) in ("site-packages", "dist-packages"):
        return True
    try:
        return any(entry.endswith(".dist-info") for entry in os.listdir(folder))
    except OSError:
        return False


def _refuse_archive(start: str) -> None:
    existing = os.path.dirname(start)
    while not os.path.exists(existing):
        existing = os.path.dirname(existing)
    if os.path.isfile(existing):
        raise ResourceError(
            f"resources cannot be read from inside an archive, {existing}",
            where=existing,
            hint="install the package (pip unpacks it) instead of putting the archive on the path",
        )


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        _refuse_unreadable(str(file), error)


def _refuse_unreadable(file: str, error: OSError) -> NoReturn:
    raise ResourceError(
        f"{file} cannot be read: {error.strerror}", where=file, hint=f"look at it with: ls -l {file}"
    ) from None


def _names(folder: str) -> list[str]:
    """Every file below `folder`, relative to it."""
    files = (os.path.join(parent, file) for parent, _, files in os.walk(folder) for file in files)
    return sorted(os.path.relpath(file, folder).replace(os.sep, "/") for file in files)


def _meant(name: str, folders: Iterable[str]) -> str:
    existing = [other for folder in folders for other in _names(folder)]
    same_file = [other for other in existing if os.path.basename(other) == os.path.basename(name)]
    meant = nearest(name, same_file) or next(iter(same_file), "") or nearest(name, existing)
    return f"did you mean '{meant}'?" if meant else _examples(existing, "")


def _examples(names: list[str], folder: str) -> str:
    if not names:
        return f"there are no files: put yours into {_FOLDER}/{folder}"
    return "there are: " + ", ".join(os.path.join(folder, name) for name in names[:5]) + (" ..." * (len(names) > 5))
