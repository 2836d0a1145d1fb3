"""Turns Debian's packages into a base image with Python, where no registry can be reached."""

import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from typing import Protocol

from bigflow._process import Completed, ProgramMissing
from bigflow.containers.blobs import PIECE
from bigflow.containers.descriptor import Platform
from bigflow.containers.image import Image, Settings, scratch
from bigflow.containers.layer import layer_from
from bigflow.containers.store import INCOMING, Store
from bigflow.errors import OutsideError, UsageError

PACKAGES = ("python3", "ca-certificates", "libstdc++6", "tzdata")  # libstdc++: compiled packages count on it
_SUITE = re.compile(r"[a-z]+")
_ARCHITECTURES = {"amd64": "amd64", "arm64": "arm64", "riscv64": "riscv64", "arm": "armhf", "386": "i386"}
_TIME = 315_532_800  # 1980: no file is to look younger
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*")
_KEPT = ("/usr/share/doc/*/copyright",)
_OF_THIS_MACHINE = ("etc/hostname", "etc/resolv.conf", "var/cache/ldconfig/aux-cache", "var/log/*")


class Tool(Protocol):
    """Runs a program to its end."""

    def __call__(self, args: tuple[str, ...], *, env_add: Mapping[str, str | None] | None = None) -> Completed: ...


def make_debian(suite: str, platform: Platform, store: Store, run: Tool) -> Image:
    """The image, in the store. The same packages give the same image. As root, or in a user namespace."""
    if not _SUITE.fullmatch(suite):
        raise UsageError(f"{suite!r} is no release of Debian", hint="for example mmdebstrap:bookworm")
    if platform.os != "linux" or platform.architecture not in _ARCHITECTURES:
        raise UsageError(f"Debian is not made for {platform}", hint="name another base image")
    with tempfile.TemporaryDirectory(prefix=INCOMING, dir=_made(store.folder)) as folder:
        archive = os.path.join(folder, "root.tar")
        try:
            done = run(_command(suite, platform, archive), env_add={"SOURCE_DATE_EPOCH": str(_TIME)})
        except ProgramMissing:
            raise _missing() from None
        if not done.ok:
            raise _failed(suite, done)
        layer = layer_from(_pieces(archive), store, f"Debian {suite}: {', '.join(PACKAGES)}")
    settings = Settings(env=(("PATH", _PATH), ("LANG", "C.UTF-8")), command=("python3",))
    image = scratch(platform).with_layers(layer).with_settings(settings).created_at(_TIME)
    store.put(image.documents)
    return image


def _command(suite: str, platform: Platform, archive: str) -> tuple[str, ...]:
    rules = (*(f"path-exclude={path}" for path in _LEFT_OUT), *(f"path-include={path}" for path in _KEPT))
    remove = " ".join(f'"$1"/{path}' for path in _OF_THIS_MACHINE)
    return (
        "mmdebstrap",
        "--quiet",
        "--variant=essential",
        f"--include={','.join(PACKAGES)}",
        f"--architectures={_ARCHITECTURES[platform.architecture]}",
        "--skip=output/dev",
        *(f"--dpkgopt={rule}" for rule in rules),
        f"--customize-hook=rm -rf {remove}",
        suite,
        archive,
    )


def _made(folder: str) -> str:
    os.makedirs(folder, exist_ok=True)
    return folder


def _pieces(path: str) -> Iterator[bytes]:
    with open(path, "rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _missing() -> UsageError:
    return UsageError(
        "a base image of Debian's packages is made by mmdebstrap, which is not installed here",
        hint="on Debian and Ubuntu: sudo apt-get install mmdebstrap; else name another base: image.base",
    )


def _failed(suite: str, done: Completed) -> OutsideError:
    said = [line for line in f"{done.stdout}\n{done.stderr}".splitlines() if line.startswith(("E:", "W:", "Err:"))]
    lines = "\n  ".join((f"mmdebstrap could not make {suite}", *said[-4:]))
    return OutsideError(lines, hint="can Debian's mirror be reached, and is the name of the release right?")
