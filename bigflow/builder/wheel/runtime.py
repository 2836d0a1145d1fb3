"""Turns the framework's own files, as they are installed here, into the wheel for pods, which requires nothing."""

import hashlib
import json
import os
from collections.abc import Iterator
from functools import cache

import bigflow
from bigflow._ambient import now
from bigflow._files import files_below, write_atomically
from bigflow._version import __version__
from bigflow.builder.wheel.archive import Entry, dist_info, wheel_name, write_wheel

NAME = "bigflow-framework"
FILE = wheel_name(NAME, __version__)

_PACKAGE = os.path.dirname(os.path.abspath(bigflow.__file__))
_MEMORY = "framework.json"
_SETTLED = 2.0  # seconds: a file that changed less than that ago could change again unnoticed
_NOT_FOR_PODS = os.path.join("scaffold", "templates", "")
_METADATA = f"""\
Metadata-Version: 2.1
Name: {NAME}
Version: {__version__}
Summary: The runtime of bigflow-framework, as a build puts it into images: it requires nothing.
Requires-Python: >=3.11
"""
_COMMANDS = """\
[console_scripts]
bf = bigflow.cli.main:main
bigflow = bigflow.cli.main:main
"""


@cache
def framework_hash(cache: str) -> str:
    """One hash of all the files that go in: as it is remembered in this folder, while they are as they were."""
    return hash_below(_PACKAGE, os.path.join(cache, _MEMORY))


def remember_framework(cache: str) -> None:
    """Spare the next build the reading."""
    remember(_PACKAGE, os.path.join(cache, _MEMORY), now().timestamp())


def hash_below(package: str, memory: str) -> str:
    """The hash; that of the memory for as long as the file system says that no file has changed."""
    state, _ = _state(package)
    try:
        with open(memory, encoding="utf-8") as file:
            match json.load(file):
                case {"state": known, "hash": str() as told} if known == state:
                    return told
    except (OSError, ValueError):
        pass
    return _hash(package)


def remember(package: str, memory: str, moment: float) -> None:
    """The hash of files that have not changed just now."""
    state, newest = _state(package)
    if moment - newest > _SETTLED:
        write_atomically(memory, json.dumps({"state": state, "hash": _hash(package)}))


def _state(package: str) -> tuple[str, float]:
    """What the file system says of the files, and when the last of them changed."""
    digest = hashlib.sha256(f"{package}\0{_METADATA}{_COMMANDS}".encode())
    newest = 0.0
    for path in _files(package):
        stat = os.stat(os.path.join(package, path))
        digest.update(f"{path}\0{stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns} {stat.st_ino}\0".encode())
        newest = max(newest, stat.st_mtime, stat.st_ctime)
    return digest.hexdigest(), newest


def _hash(package: str) -> str:
    digest = hashlib.sha256(f"{_METADATA}{_COMMANDS}".encode())
    for path in _files(package):
        with open(os.path.join(package, path), "rb") as file:
            content = file.read()
        digest.update(f"{path}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def write_runtime(path: str) -> None:
    """Write the wheel. It is the same for every project, so it bears no project's time."""
    info = dist_info(NAME, __version__)
    package = os.path.basename(_PACKAGE)
    files = _files(_PACKAGE)
    entries = [Entry(f"{package}/{file.replace(os.sep, '/')}", os.path.join(_PACKAGE, file)) for file in files]
    entries.append(Entry(f"{info}/METADATA", _METADATA.encode()))
    entries.append(Entry(f"{info}/entry_points.txt", _COMMANDS.encode()))
    write_wheel(path, info, entries, 0)


def _files(package: str) -> Iterator[str]:
    return (path for path in files_below(package) if not path.startswith(_NOT_FOR_PODS))
