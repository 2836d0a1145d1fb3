"""Turns a lock, the project's development tools and the framework into a `.venv` that holds exactly these."""

import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from bigflow._files import unwritable, write_atomically
from bigflow.builder.environment.marker import MARKER, fits, is_ours
from bigflow.builder.environment.own_source import OwnSource, own_source
from bigflow.builder.requirements.compiling import excluding
from bigflow.builder.requirements.lock import text_of
from bigflow.builder.requirements.order import files_for
from bigflow.builder.requirements.sources import read_sources
from bigflow.builder.uv.calling import Uv
from bigflow.builder.uv.failures import failure
from bigflow.errors import BigflowError, UsageError
from bigflow.project.environment import FOLDER, Environment, project_environment
from bigflow.project.layout import read_bytes
from bigflow.project.spec import ProjectSpec

_FORM = "environment 1"
_NO_PYTHON = re.compile(r"No interpreter found|Failed to inspect Python|No download found|not a valid Python")
_PYENV = re.compile(r"exists in these Python versions:\s+(\S+)")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the environment is to be."""

    root: str
    name: str
    lock: str  # relative to the root; it need not exist
    framework: OwnSource
    python: str | None = None  # "3.12"; None: one that is there already, else the running one
    places: tuple[str, ...] = ()  # indexes and folders that requirements.in names


class Installed(NamedTuple):
    """What there is now."""

    python: str  # its version
    packages: int
    changed: bool
    ours: bool


def wanted_for(spec: ProjectSpec, python: str | None = None) -> Wanted:
    """What the project's files ask for, with the framework that is running. `python` counts where they name none."""
    source, lock = files_for(spec.requirements_file)
    has_source = os.path.isfile(os.path.join(spec.root, source))
    places = read_sources(spec.root, source).places if has_source else ()
    return Wanted(spec.root, spec.name, lock, own_source(sys.path), spec.python or python, places)


def install(wanted: Wanted, find: Callable[[], Uv], scratch: str) -> Installed:
    """Make the environment, or what is missing in it. Whoever is stopped in the middle of it begins with it again."""
    environment = project_environment(wanted.root, sys.prefix)
    ours = environment is None or is_ours(wanted.root)
    marker = os.path.join(wanted.root, MARKER)
    suits = environment is not None and _usable(environment) and fits(environment.version, wanted.python)
    if environment and suits and ours and text_of(marker) == _key(wanted, environment):
        return Installed(environment.version or "", _packages(environment), changed=False, ours=True)
    uv = find()
    options: tuple[str, ...] = ("--exact",) if ours else ()
    if environment is None or not suits:
        environment = _anew(wanted, environment, uv, ours=ours)
    elif ours:
        if not text_of(marker):  # somebody was stopped: what looks installed may have half of its files
            options += ("--reinstall",)
        write_atomically(marker, "")
    _fill(wanted, (*options, "--python", environment.python), uv, scratch)
    if ours:
        write_atomically(marker, _key(wanted, environment))
    return Installed(environment.version or "", _packages(environment), changed=True, ours=ours)


def _usable(environment: Environment) -> bool:
    return environment.version is not None and os.access(environment.python, os.X_OK)


def _anew(wanted: Wanted, before: Environment | None, uv: Uv, *, ours: bool) -> Environment:
    """An empty environment of the wanted Python in the place of the one before, which comes back if that fails."""
    folder = os.path.join(wanted.root, FOLDER)
    if before is not None:
        _may_go(before, wanted, ours=ours)
    old = os.path.join(wanted.root, ".bigflow", "venv.old")
    try:
        os.makedirs(os.path.dirname(old), exist_ok=True)
        shutil.rmtree(old, ignore_errors=True)
        if before is not None:
            os.rename(folder, old)
        write_atomically(os.path.join(wanted.root, MARKER), "")
        try:
            made = _empty(wanted, folder, uv)
        except BigflowError:
            shutil.rmtree(folder)
            if before is not None:
                os.rename(old, folder)
            raise
    except OSError as error:
        raise unwritable(folder, error) from error
    shutil.rmtree(old, ignore_errors=True)
    return made


def _empty(wanted: Wanted, folder: str, uv: Uv) -> Environment:
    words = ("venv", "--allow-existing", "--no-project", "--prompt", wanted.name)
    completed = uv.run(*words, "--python", _interpreter(wanted.python), "--quiet", "--color", "never", folder)
    made = project_environment(wanted.root, sys.prefix) if completed.ok else None
    if made is not None:
        return made
    said = completed.stdout + completed.stderr
    if wanted.python and _NO_PYTHON.search(said):
        raise _no_python(wanted.python, said)
    raise failure(completed, f"make {folder}")


def _may_go(environment: Environment, wanted: Wanted, *, ours: bool) -> None:
    is_what = f"has Python {environment.version}" if _usable(environment) else "is no working environment"
    wish = f", and the project wants {wanted.python}" if _usable(environment) else ""
    if not ours:
        raise UsageError(
            f"{environment.folder} {is_what}{wish}; it was not made by bigflow, and is left alone",
            where=environment.folder,
            hint=f"mv {FOLDER} {FOLDER}.mine   and then: bigflow install",
        )
    if environment.current:
        raise UsageError(
            f"{environment.folder} {is_what}{wish}; it cannot be made anew by a bigflow that runs in it",
            where=environment.folder,
            hint="deactivate   and then, with the bigflow that made it: bigflow install",
        )


def _interpreter(wanted: str | None) -> str:
    """The running one, if it will do: no search finds what is on no path. Not by its link in a `.venv` that goes."""
    running = ".".join(str(part) for part in sys.version_info[:3])
    return os.path.realpath(sys.executable) if wanted is None or fits(running, wanted) else wanted


def _no_python(python: str, said: str) -> UsageError:
    sleeping = _PYENV.search(said)
    hint = f"pyenv has it, but it is not active here: pyenv local {sleeping[1]}" if sleeping else ""
    return UsageError(
        f"there is no Python {python} on this machine",
        hint=hint
        or f"uv python install {python}   or install it as your system does; `python` in pyproject.toml names it",
    )


def _fill(wanted: Wanted, options: tuple[str, ...], uv: Uv, scratch: str) -> None:
    """One resolution for all, in which the lock's versions stand fixed and its hashes are compared."""
    words = ["pip", "install", *options]
    if os.path.exists(os.path.join(wanted.root, wanted.lock)):
        words += ["--requirements", wanted.lock]
    if wanted.places:
        places = os.path.join(scratch, "places.txt")
        write_atomically(places, "".join(f"{line}\n" for line in wanted.places))
        words += ["--requirements", places]
    if _development(wanted.root):
        words += ["--group", "pyproject.toml:dev"]
    try:
        uv.must("fill .venv", *words, *excluding(("bigflow",), scratch), *wanted.framework.words)
    except BigflowError as error:
        raise type(error)(error.message, where=error.where or wanted.lock, hint=error.hint) from None


def _key(wanted: Wanted, environment: Environment) -> str:
    parts = (
        _FORM,
        environment.version or "",
        wanted.framework.identity,
        text_of(os.path.join(wanted.root, wanted.lock)),
        _development(wanted.root),
        *wanted.places,
    )
    return hashlib.sha256("".join(f"{len(part)}\0{part}" for part in parts).encode()).hexdigest()


def _development(root: str) -> str:
    """The groups of pyproject.toml, if `dev` is one: it may include others."""
    content = read_bytes(os.path.join(root, "pyproject.toml"))
    if b"dependency-groups" not in content:
        return ""
    import tomllib  # late: most builds find nothing to do

    groups = tomllib.loads(content.decode("utf-8-sig")).get("dependency-groups", {})
    return json.dumps(groups, sort_keys=True) if "dev" in groups else ""


def _packages(environment: Environment) -> int:
    lib = os.path.join(environment.folder, "lib", f"python{'.'.join((environment.version or '').split('.')[:2])}")
    try:
        return sum(name.endswith(".dist-info") for name in os.listdir(os.path.join(lib, "site-packages")))
    except OSError:
        return 0
