"""Turns a list of requirements into an environment of this machine that has them, made once for all builds."""

import glob
import hashlib
import os
import shutil

from bigflow._files import locked, replace_folder, unwritable
from bigflow.builder.step import Work
from bigflow.builder.uv.calling import find_uv


def environment(work: Work, room: str, words: tuple[str, ...], inputs: tuple[str, ...]) -> str:
    """The folder of a virtual environment of the project's Python, with what the words tell uv to install.

    `inputs` are all that decides about its content. It is there as a whole or not at all; another build that needs
    it meanwhile waits.
    """
    key = hashlib.sha256("\0".join((work.project.python.version, *inputs)).encode()).hexdigest()[:20]
    place = os.path.join(work.project.cache, room, key)
    with locked(f"{place}.lock", lambda holder: work.tell(f"waiting for {holder}, which makes an environment")) as sign:
        sign(f"process {os.getpid()}")
        if not os.access(python_of(place), os.X_OK):
            half = f"{place}.half"
            try:
                shutil.rmtree(half, ignore_errors=True)
                create(work, half, words)
            except OSError as error:
                raise unwritable(half, error) from error
            replace_folder(half, place)
    return place


def create(work: Work, folder: str, words: tuple[str, ...]) -> None:
    """A virtual environment in this folder, with what the words tell uv to install."""
    uv = find_uv(work.project.root, work.tool, offline=work.wishes.offline)
    uv.must("make an environment", "venv", "--no-project", "--python", work.project.python.path, folder)
    if words:
        uv.must("fill an environment", "pip", "install", "--python", python_of(folder), *words)


def python_of(folder: str) -> str:
    """The interpreter of a virtual environment."""
    return os.path.join(folder, "bin", "python")


def packages_of(folder: str) -> str:
    """Where the packages of a virtual environment lie."""
    return glob.glob(os.path.join(glob.escape(folder), "lib", "python3*", "site-packages"))[0]
