"""Turns the lock into the layer with all that it names, installed for the image and not for this machine."""

import glob
import os
import re
import shutil
from platform import libc_ver

from bigflow._files import write_atomically
from bigflow._process import Completed
from bigflow.builder.image.bytecode import Compiler, compile_into
from bigflow.builder.image.foundation import Foundation
from bigflow.builder.image.kept import KeptLayers
from bigflow.builder.image.machine import own_architecture
from bigflow.builder.image.requirements import Requirements, requirements_of
from bigflow.builder.image.trees import trees_in
from bigflow.builder.image.venv import packages
from bigflow.builder.requirements.compiling import excluding
from bigflow.builder.requirements.names import FRAMEWORKS
from bigflow.builder.step import StepFailed, Work
from bigflow.builder.uv.calling import find_uv
from bigflow.builder.uv.failures import failure
from bigflow.containers.image import Layer
from bigflow.containers.layer import write_layer
from bigflow.errors import BigflowError

_NO_WHEEL = re.compile(r"Wheels are required for `([^`]+)`|([A-Za-z0-9._-]+==\S+) has no (?:usable )?wheels")
_TIME = 315_532_800  # 1980: the layer is the same for every commit
_COMPILED_HERE = re.compile(r"^Tag: \S+-linux_\S+$", re.MULTILINE)


def dependency_layer(work: Work, foundation: Foundation, compiler: Compiler | None, kept: KeptLayers) -> Layer | None:
    """The layer; None when nothing is required. It depends on nothing else than its inputs."""
    wanted = requirements_of(work.project)
    if not wanted.lines:
        return None
    version = compiler.version if compiler else ""
    inputs = (*wanted.lines, foundation.python, foundation.uv_platform, version)
    places = () if wanted.hashed else wanted.places

    def make() -> Layer:
        prefix = os.path.join(work.folder, f"dependencies-{foundation.uv_platform}")
        _install(work, foundation, wanted, compiler, prefix)
        if compiler is not None:
            compile_into(work, compiler, prefix)
        entries = tuple(packages(prefix, foundation.python))
        layer = write_layer(entries, kept.store, mtime=_TIME, note="dependencies")
        trees_in(work.project.cache).plant((*foundation.base.image.layers, layer), entries)
        shutil.rmtree(prefix, ignore_errors=True)
        return layer

    return kept.layer("dependencies", (*inputs, *places), make)


def _install(work: Work, foundation: Foundation, wanted: Requirements, compiler: Compiler | None, prefix: str) -> None:
    """uv takes wheels for the image's platform; what has none is built only where that gives the same."""
    os.makedirs(prefix, exist_ok=True)
    named = os.path.join(work.folder, "places.txt")
    write_atomically(named, "".join(f"{line}\n" for line in wanted.places))
    here = compiler is not None and foundation.base.image.platform.architecture == own_architecture()
    uv = find_uv(work.project.root, work.tool, offline=work.wishes.offline)
    words = (
        *("pip", "install", "--prefix", prefix, "--link-mode", "hardlink"),  # not links that lead to this machine
        *("--python", compiler.path if compiler else work.project.python.path),
        *("--python-version", foundation.python, "--python-platform", foundation.uv_platform),
        *(() if here else ("--only-binary", ":all:")),
        *(("--require-hashes",) if wanted.hashed else ()),
        *("--requirements", wanted.path, "--requirements", named),
        *excluding(FRAMEWORKS, work.folder),
    )
    done = uv.run(*words, "--quiet", "--color", "never", "--no-progress", *uv.options)
    if not done.ok:
        raise _without_wheels(done, foundation) or failure(done, f"install {wanted.path} for the image")
    if here:
        _refuse_foreign(prefix, foundation)


def _without_wheels(done: Completed, foundation: Foundation) -> BigflowError | None:
    """The packages that exist, but not for this image."""
    said = f"{done.stdout}\n{done.stderr}"
    names = sorted({first or second for first, second in _NO_WHEEL.findall(said)})
    if not names:
        return None
    target = f"Python {foundation.python} on {foundation.base.image.platform} with {foundation.libc}"
    return StepFailed(
        f"there is no wheel of {', '.join(names)} for {target}, and it cannot be built on this machine",
        where="image.base" if foundation.libc == "musl" else "",
        hint="take a version that has one, a base image with glibc such as python:3.12-slim, or write a Dockerfile",
    )


def _refuse_foreign(prefix: str, foundation: Foundation) -> None:
    """What was compiled here needs the C library of this machine, or a newer one."""
    ours = tuple(int(part) for part in libc_ver()[1].split(".") if part.isdecimal())
    if ours and ours <= foundation.glibc:
        return
    for path in glob.glob(f"{glob.escape(prefix)}/lib/python*/site-packages/*.dist-info/WHEEL"):
        with open(path, encoding="utf-8") as file:
            if _COMPILED_HERE.search(file.read()):
                name = os.path.basename(os.path.dirname(path)).removesuffix(".dist-info").replace("-", " ")
                raise StepFailed(
                    f"{name} has no wheel; compiled here it would not run in the image, which has {foundation.libc}",
                    hint="take a version that has a wheel, a base image as new as this machine, or write a Dockerfile",
                )
