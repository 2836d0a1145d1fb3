"""Turns entries into a zip or a tar.gz whose bytes depend on nothing but their names, their content and one time."""

import io
import os
import shutil
import tarfile
import time
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from bigflow.containers.gzipping import Gzip

_FILE, _PROGRAM = 0o644, 0o755
_BLOCK = 512
_PIECE = 1 << 18


@dataclass(frozen=True, slots=True)
class Entry:
    """What lies at one path of an archive: a file on disk, a content, or a link."""

    path: str
    source: str = ""
    content: bytes = b""
    link: str = ""
    executable: bool = False

    @property
    def mode(self) -> int:
        return _PROGRAM if self.executable else _FILE

    def opened(self) -> BinaryIO:
        return open(self.source, "rb") if self.source else io.BytesIO(self.content)

    @property
    def size(self) -> int:
        return os.path.getsize(self.source) if self.source else len(self.content)


def write_zip(path: str, entries: Iterable[Entry], seconds: int) -> None:
    """A zip that Python imports from."""
    moment = time.gmtime(seconds)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in sorted(entries, key=lambda one: one.path):
            info = zipfile.ZipInfo(entry.path, moment[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3  # Unix: modes count
            info.external_attr = (0o100000 | entry.mode) << 16
            with entry.opened() as source, archive.open(info, "w") as place:
                shutil.copyfileobj(source, place, _PIECE)


def write_tar_gz(path: str, entries: Iterable[Entry], seconds: int) -> None:
    """A tar, with the folders that it needs, compressed on all cores. Everything belongs to nobody in particular."""
    with open(path, "wb") as file, Gzip(file.write, os.cpu_count() or 1) as gzip:
        for piece in _tar(sorted(entries, key=lambda one: one.path.split("/")), seconds):
            gzip.write(piece)


def _tar(entries: Iterable[Entry], seconds: int) -> Iterator[bytes]:
    folders: set[str] = set()
    for entry in entries:
        for folder in _above(entry.path):
            if folder not in folders:
                folders.add(folder)
                yield _header(folder, seconds, tarfile.DIRTYPE, _PROGRAM)
        if entry.link:
            yield _header(entry.path, seconds, tarfile.SYMTYPE, _PROGRAM, link=entry.link)
            continue
        size = entry.size
        yield _header(entry.path, seconds, tarfile.REGTYPE, entry.mode, size=size)
        with entry.opened() as source:
            while piece := source.read(_PIECE):
                yield piece
        yield bytes(-size % _BLOCK)
    yield bytes(2 * _BLOCK)


def _above(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]


def _header(path: str, seconds: int, kind: bytes, mode: int, *, size: int = 0, link: str = "") -> bytes:
    info = tarfile.TarInfo(path)
    info.type, info.mode, info.size, info.mtime, info.linkname = kind, mode, size, seconds, link
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
