"""Turns installed packages, and wheels of a build, into the files that entry scripts import from."""

import csv
import os
import re
from collections.abc import Iterator
from dataclasses import replace

from bigflow._files import files_below
from bigflow.builder.emr.packing import Entry
from bigflow.builder.image.wheels import install_wheel
from bigflow.builder.requirements.names import normal

_NATIVE = re.compile(r"\.(?:so|pyd|dylib)(?:\.[0-9.]+)?$")
# What installers note for themselves: it is about this machine, or about an installation that EMR never sees.
_NOTES = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json")
_COMMANDS = ("bin", "Scripts")
_REQUIREMENTS = re.compile(r"requirements[^/]*\.(?:in|txt)")


def packages(folder: str) -> Iterator[Entry]:
    """What lies in a folder of installed packages, but for commands: Spark starts none."""
    for path in files_below(folder):
        parts = path.split(os.sep)
        noted = len(parts) == 2 and parts[0].endswith(".dist-info") and parts[1] in _NOTES
        if parts[0] not in _COMMANDS and not noted and path != ".lock":
            place = os.path.realpath(os.path.join(folder, path))
            yield Entry("/".join(parts), place, executable=os.access(place, os.X_OK))


def unpacked(wheel: str, prefix: str, python: str) -> Iterator[Entry]:
    """The same, of a wheel that a build made."""
    install_wheel(wheel, prefix, python)
    yield from packages(os.path.join(prefix, "lib", f"python{python}", "site-packages"))


def native(folder: str) -> tuple[str, ...]:
    """The distributions that hold native code, which Python cannot load out of a zip."""
    found = []
    for name in sorted(os.listdir(folder)):
        record = os.path.join(folder, name, "RECORD")
        if name.endswith(".dist-info") and os.path.isfile(record):
            with open(record, encoding="utf-8", newline="") as file:
                if any(row and _NATIVE.search(row[0]) for row in csv.reader(file)):
                    found.append(normal(name.removesuffix(".dist-info").rpartition("-")[0]))
    return tuple(found)


def resources(entries: list[Entry], package: str) -> tuple[str, ...]:
    """The resources of the project, which are read as files. Its lists of requirements are nobody's to read."""
    folder = f"{package.replace('.', '/')}/resources/"
    names = (entry.path.removeprefix(folder) for entry in entries if entry.path.startswith(folder))
    return tuple(name for name in names if not _REQUIREMENTS.fullmatch(name))


def environment(entries: list[Entry], python: str, interpreter: str) -> Iterator[Entry]:
    """A virtual environment around EMR's interpreter; what EMR itself has can be seen in it, too."""
    home, name = os.path.split(interpreter)
    said = f"home = {home}\ninclude-system-site-packages = true\nversion = {python}\n"
    yield Entry("pyvenv.cfg", content=said.encode())
    yield Entry("bin/python", link=interpreter)
    for other in dict.fromkeys(("python3", f"python{python}", name)):
        if other != "python":
            yield Entry(f"bin/{other}", link="python")
    for entry in entries:
        yield replace(entry, path=f"lib/python{python}/site-packages/{entry.path}")
