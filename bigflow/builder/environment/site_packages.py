"""Turns the project's interpreter into the packages that are installed for it, by the names of folders alone."""

import glob
import hashlib
import os
import re
import sys
from collections.abc import Iterator, Mapping

from bigflow.builder.step import Interpreter

_METADATA = re.compile(r"(?P<name>[^-]+)-(?P<version>[^-]+?)(?:-py[0-9.]+)?\.(?:dist|egg)-info")
_PLACES = ("site-packages", "dist-packages")


def installed(python: Interpreter) -> Mapping[str, str]:
    """The version of every package, by its name in small letters with `_` for `-` and `.`."""
    found: dict[str, str] = {}
    for folder in _folders(python.path):
        for name in _names(folder):
            if match := _METADATA.fullmatch(name):
                found.setdefault(normal(match["name"]), match["version"])  # as for an import, the first one counts
    return found


def normal(name: str) -> str:
    """A package's name in the one spelling that is used here."""
    return re.sub(r"[-_.]+", "_", name).lower()


def described(python: Interpreter, *named: str) -> tuple[str, ...]:
    """The interpreter as values of a step: its version, those of the packages that matter most, and a hash of all."""
    packages = installed(python)
    text = "\n".join(f"{name} {version}" for name, version in sorted(packages.items()))
    known = (f"{name} {packages[normal(name)]}" for name in named if normal(name) in packages)
    return (f"python {python.version}", *known, f"packages {hashlib.sha256(text.encode()).hexdigest()[:16]}")


def _folders(python: str) -> Iterator[str]:
    """Our own interpreter knows its path; another one is a `.venv` that this build has just made."""
    if os.path.dirname(python) == os.path.dirname(sys.executable):
        yield from (entry for entry in sys.path if os.path.basename(entry) in _PLACES)
    else:
        prefix = glob.escape(os.path.dirname(os.path.dirname(python)))
        yield from glob.glob(os.path.join(prefix, "lib", "python3*", "site-packages"))


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
