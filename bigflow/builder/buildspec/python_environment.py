"""Turns an interpreter into a virtual environment of a build, with pip, in a fraction of what `venv` takes."""

import hashlib
import os
import shutil

from bigflow._files import replace_folder, unwritable
from bigflow._process import Completed, run
from bigflow.errors import OutsideError

_TIMEOUT = 120.0


def make_environment(python: str, folder: str, cache: str) -> None:
    """pip, which takes seconds to install, is installed once a machine and interpreter, and copied."""
    kept = _kept(python, cache)
    _must(run((python, "-m", "venv", "--without-pip", folder), timeout=_TIMEOUT), python)
    try:
        shutil.copytree(_site_packages(kept), _site_packages(folder), dirs_exist_ok=True)
        programs = os.path.join(folder, "bin")
        for name in sorted(os.listdir(os.path.join(kept, "bin"))):
            if name.startswith("pip"):
                _copy_script(os.path.join(kept, "bin", name), programs)
    except OSError as error:
        raise unwritable(error.filename or folder, error) from error


def kept_environment(python: str, cache: str) -> str:
    """Where the machine keeps an environment of this very interpreter, to copy from."""
    real = os.path.realpath(python)
    key = hashlib.sha256(f"{real} {os.stat(real).st_mtime_ns}".encode()).hexdigest()[:16]
    return os.path.join(cache, "buildspec", f"python-{key}")


def _kept(python: str, cache: str) -> str:
    place = kept_environment(python, cache)
    if not os.path.isdir(place):
        making = f"{place}.{os.getpid()}"
        _must(run((python, "-m", "venv", making), timeout=_TIMEOUT), python)
        replace_folder(making, place)
    return place


def _must(completed: Completed, python: str) -> None:
    if not completed.ok:
        told = (completed.stdout + completed.stderr).strip().splitlines()
        raise OutsideError(
            f"{python} cannot make a virtual environment: {told[-1] if told else 'no reason given'}",
            hint="on Debian and Ubuntu: apt-get install python3-venv",
        )


def _site_packages(environment: str) -> str:
    lib = os.path.join(environment, "lib")
    version = next(name for name in os.listdir(lib) if name.startswith("python"))
    return os.path.join(lib, version, "site-packages")


def _copy_script(path: str, folder: str) -> None:
    """Its first line names the interpreter: now the one beside it."""
    with open(path, encoding="utf-8") as file:
        _, _, rest = file.read().partition("\n")
    copy = os.path.join(folder, os.path.basename(path))
    with open(copy, "w", encoding="utf-8") as file:
        file.write(f"#!{os.path.join(folder, 'python')}\n{rest}")
    os.chmod(copy, 0o755)
