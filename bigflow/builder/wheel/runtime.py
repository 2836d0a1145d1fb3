"""Turns the framework's own files, as they are installed here, into the wheel for pods, which requires nothing."""

import hashlib
import os
from collections.abc import Iterator
from functools import cache

import bigflow
from bigflow._files import files_below
from bigflow._version import __version__
from bigflow.builder.wheel.archive import Entry, dist_info, wheel_name, write_wheel

NAME = "bigflow-framework"
FILE = wheel_name(NAME, __version__)

_PACKAGE = os.path.dirname(os.path.abspath(bigflow.__file__))
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
def framework_hash() -> str:
    """One hash of all the files that go in."""
    digest = hashlib.sha256(f"{_METADATA}{_COMMANDS}".encode())
    for path in _files():
        with open(os.path.join(_PACKAGE, path), "rb") as file:
            content = file.read()
        digest.update(f"{path}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def write_runtime(path: str) -> None:
    """Write the wheel. It is the same for every project, so it bears no project's time."""
    info = dist_info(NAME, __version__)
    package = os.path.basename(_PACKAGE)
    entries = [Entry(f"{package}/{file.replace(os.sep, '/')}", os.path.join(_PACKAGE, file)) for file in _files()]
    entries.append(Entry(f"{info}/METADATA", _METADATA.encode()))
    entries.append(Entry(f"{info}/entry_points.txt", _COMMANDS.encode()))
    write_wheel(path, info, entries, 0)


def _files() -> Iterator[str]:
    return (path for path in files_below(_PACKAGE) if not path.startswith(_NOT_FOR_PODS))
