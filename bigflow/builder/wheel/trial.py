"""Turns a wheel into what Python sees of it where nothing but that wheel, the lock and the runtime is installed."""

import os

from bigflow._files import sha256_of, write_atomically
from bigflow.builder.requirements.compiling import excluding
from bigflow.builder.requirements.lock import text_of
from bigflow.builder.requirements.names import FRAMEWORKS
from bigflow.builder.requirements.order import files_for
from bigflow.builder.requirements.sources import read_sources
from bigflow.builder.step import Work
from bigflow.builder.wheel.environments import create, environment, packages_of, python_of
from bigflow.builder.wheel.listing import Listing, list_installed

_ROOM = "locked"
_ALONE = ("--no-deps", "--no-index")


def install_and_list(work: Work, wheel: str, runtime: str, resources: tuple[str, ...]) -> Listing:
    """Install, start Python in another folder, and look for workflows and for resources by their names."""
    place = os.path.join(work.folder, "installed")
    create(work, place, (*_ALONE, "--no-cache", wheel))
    beside = (_requirements(work), environment(work, "runtimes", (*_ALONE, runtime), (sha256_of(runtime),)))
    leading = "".join(_leads_to(packages_of(folder)) for folder in beside)
    write_atomically(os.path.join(packages_of(place), "beside.pth"), leading)
    elsewhere = os.path.join(work.folder, "elsewhere")
    os.mkdir(elsewhere)
    return list_installed(work, python_of(place), elsewhere, resources)


def _requirements(work: Work) -> str:
    """An environment with what is locked: installed once for a lock, not for each build."""
    root = work.project.root
    source, lock = files_for(work.project.spec.requirements_file)
    text = text_of(os.path.join(root, lock))
    places = read_sources(root, source).places if os.path.exists(os.path.join(root, source)) else ()
    named = os.path.join(work.folder, "places.txt")
    write_atomically(named, "".join(f"{line}\n" for line in places))
    words = ("--requirements", lock, "--requirements", named, *excluding(FRAMEWORKS, work.folder)) if text else ()
    return environment(work, _ROOM, words, (text, *places))


def _leads_to(packages: str) -> str:
    """A line by which Python takes this folder for one of its own, with the `.pth` files in it."""
    return f"import site; site.addsitedir({packages!r})\n"
