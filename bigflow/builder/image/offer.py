"""Turns the layers of a base image into what it offers to a Python project. Nothing in it is started."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from bigflow._files import write_atomically
from bigflow.builder.image.tars import TarEntry, entries_in
from bigflow.containers.image import Image
from bigflow.containers.layer import OPAQUE, WHITEOUT
from bigflow.containers.store import Store

_USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_PYTHON = re.compile(r"python(3\.[0-9]+)")
_LIBC = re.compile(r"libc\.so\.6|libc-2\.[0-9]+\.so|ld-musl-[a-z0-9_]+\.so\.1")
_GLIBC = re.compile(rb"GNU C Library [^\n]{0,80}version ([0-9]+\.[0-9]+)")
_LARGEST = 64 << 20  # bytes of a C library
_USERS = ("etc/passwd", "etc/group")
_MOST_LINKS = 40


@dataclass(frozen=True, slots=True)
class Offer:
    """What a base image has."""

    pythons: tuple[tuple[str, str], ...]  # ("3.12", "/usr/local/bin/python3.12"), in the order of its PATH
    glibc: str  # "2.36"; empty where there is none
    musl: bool
    passwd: str
    group: str


def offer_of(image: Image, store: Store) -> Offer:
    """It is read once for each image on this machine, and all layers are verified while that is done."""
    path = os.path.join(store.folder, "offers", f"{image.digest.removeprefix('sha256:')}.json")
    known = _known(path)
    if known is not None:
        return known
    offer = _read(image, store)
    write_atomically(path, json.dumps(asdict(offer)))
    return offer


def _known(path: str) -> Offer | None:
    try:
        with open(path, encoding="utf-8") as file:
            told = json.load(file)
        pythons = tuple((str(version), str(place)) for version, place in told["pythons"])
        return Offer(pythons, str(told["glibc"]), bool(told["musl"]), str(told["passwd"]), str(told["group"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _read(image: Image, store: Store) -> Offer:
    files = _Files()
    for layer in image.layers:
        files.begin_layer()
        for entry in entries_in(layer, store):
            files.take(entry)
    path = dict(image.settings.env).get("PATH") or _USUAL_PATH
    folders = tuple(dict.fromkeys(files.resolved(folder) for folder in path.split(":") if folder.startswith("/")))
    pythons: dict[str, str] = {}
    for version, place in files.pythons(folders):
        pythons.setdefault(version, place)
    return Offer(
        tuple(pythons.items()),
        next(filter(None, files.glibc.values()), ""),
        any(name.rpartition("/")[2].startswith("ld-musl-") for name in files.glibc),
        *(files.texts.get(files.resolved(name), "") for name in _USERS),
    )


class _Files:
    """Of the files of an image, those that matter, as they are when all layers lie upon each other."""

    def __init__(self) -> None:
        self.links: dict[str, str] = {}
        self.programs: dict[str, str] = {}  # path -> the version of Python that its name says
        self.glibc: dict[str, str] = {}  # the paths of C libraries -> the version of those of GNU
        self.texts: dict[str, str] = {}
        self._of_this_layer: set[str] = set()

    def begin_layer(self) -> None:
        self._of_this_layer.clear()

    def take(self, entry: TarEntry) -> None:
        folder, _, name = entry.path.rpartition("/")
        if name == OPAQUE:
            return self._forget(folder, itself=False)
        if name.startswith(WHITEOUT):
            return self._forget(f"{folder}/{name.removeprefix(WHITEOUT)}".lstrip("/"), itself=True)
        for known in self._all:
            known.pop(entry.path, None)
        self._of_this_layer.add(entry.path)
        if entry.info.issym():
            self.links[entry.path] = entry.info.linkname
        elif entry.info.isreg():
            self._take_file(entry, name)
        elif entry.info.islnk():
            self._take_same(entry, name)
        return None

    def resolved(self, path: str) -> str:
        """The path without links, as a process in the image would follow them."""
        waiting = [part for part in reversed(path.split("/")) if part not in ("", ".")]
        found: list[str] = []
        links = 0
        while waiting:
            part = waiting.pop()
            if part == "..":
                del found[-1:]
                continue
            found.append(part)
            target = self.links.get("/".join(found))
            if target is not None and (links := links + 1) <= _MOST_LINKS:
                del found[0 if target.startswith("/") else -1 :]
                waiting += [part for part in reversed(target.split("/")) if part not in ("", ".")]
        return "/".join(found)

    def pythons(self, folders: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        """Those that lie in one of the folders, or are linked from there."""
        for folder in folders:
            for path in sorted({*self.programs, *self.links}):
                above, _, name = path.rpartition("/")
                if above == folder and (found := _PYTHON.fullmatch(name)):
                    target = self.resolved(path)
                    if self.programs.get(target) == found[1]:
                        yield found[1], f"/{target}"

    @property
    def _all(self) -> tuple[dict[str, str], ...]:
        return self.links, self.programs, self.glibc, self.texts

    def _take_file(self, entry: TarEntry, name: str) -> None:
        if (found := _PYTHON.fullmatch(name)) and entry.info.mode & 0o111:
            self.programs[entry.path] = found[1]
        elif _LIBC.fullmatch(name):
            version = _GLIBC.search(entry.content(_LARGEST)) if name.startswith("libc") else None
            self.glibc[entry.path] = version[1].decode() if version else ""
        elif entry.path in _USERS:
            self.texts[entry.path] = entry.content(_LARGEST).decode("utf-8", "replace")

    def _take_same(self, entry: TarEntry, name: str) -> None:
        """A second name for a file: Debian has one for Python, for example."""
        first = "/".join(part for part in entry.info.linkname.split("/") if part not in ("", "."))
        if (found := _PYTHON.fullmatch(name)) and first.rpartition("/")[2].startswith("python"):
            self.programs[entry.path] = found[1]
        elif first in self.glibc:
            self.glibc[entry.path] = self.glibc[first]

    def _forget(self, path: str, *, itself: bool) -> None:
        """What layers below have there is gone."""
        for known in self._all:
            for name in [name for name in known if (itself and name == path) or name.startswith(f"{path}/")]:
                if name not in self._of_this_layer:
                    del known[name]
