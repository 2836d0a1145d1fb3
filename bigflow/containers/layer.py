"""Turns files into a layer: a tar whose bytes depend on nothing but names, content and what is asked for."""

import hashlib
import os
import stat
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bigflow.containers.descriptor import LAYER_GZIP
from bigflow.containers.gzipping import Gzip
from bigflow.containers.image import Layer
from bigflow.containers.store import Store
from bigflow.errors import UsageError

Kind: TypeAlias = Literal["file", "folder", "link"]

WHITEOUT = ".wh."
OPAQUE = WHITEOUT + WHITEOUT + ".opq"
_BLOCK = 512
_PORTION = 1 << 18
_TYPES = {"file": tarfile.REGTYPE, "folder": tarfile.DIRTYPE, "link": tarfile.SYMTYPE}


@dataclass(frozen=True, slots=True)
class Entry:
    """What lies at one path of an image."""

    path: str  # from the root, without a slash at its beginning
    kind: Kind = "file"
    content: bytes | None = None  # of a file; None: it is read from `source`
    source: str = ""
    target: str = ""  # of a link
    executable: bool = False
    uid: int = 0
    gid: int = 0
    mode: int | None = None  # where the usual one of its kind will not do, such as 0o1777 for a /tmp


def whiteout(path: str) -> Entry:
    """What a layer says so that the path of a layer below is gone."""
    folder, name = os.path.split(path)
    return Entry(os.path.join(folder, WHITEOUT + name), content=b"")


def opaque(folder: str) -> Entry:
    """What a layer says so that all that layers below have in this folder is gone."""
    return Entry(os.path.join(folder, OPAQUE), content=b"")


def entries_of(folder: str, at: str, uid: int = 0, gid: int = 0) -> Iterator[Entry]:
    """A folder with everything in it, as it is to lie at `at`. Of the modes only 'executable' is kept."""
    yield Entry(at, "folder", uid=uid, gid=gid)
    try:
        found = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise _unreadable(folder, error) from error
    for item in found:
        path = os.path.join(at, item.name)
        mode = item.stat(follow_symlinks=False).st_mode
        if stat.S_ISDIR(mode):
            yield from entries_of(item.path, path, uid, gid)
        elif stat.S_ISLNK(mode):
            yield Entry(path, "link", target=os.readlink(item.path), uid=uid, gid=gid)
        elif stat.S_ISREG(mode):
            yield Entry(path, source=item.path, executable=bool(mode & 0o111), uid=uid, gid=gid)
        else:
            raise UsageError("neither a file, a folder nor a link: it cannot be in an image", where=item.path)


def write_layer(entries: Iterable[Entry], store: Store, *, mtime: int = 0, note: str = "") -> Layer:
    """Put a layer of these entries, in any order, into the store."""
    return layer_from(_tar(_ordered(entries), mtime), store, note)


def layer_from(tar: Iterable[bytes], store: Store, note: str = "") -> Layer:
    """Put a tar that flows by into the store as a layer. Compressing and both digests happen in one pass."""
    inside = hashlib.sha256()
    with store.incoming() as incoming:
        with Gzip(incoming.write, os.cpu_count() or 1) as gzip:
            for piece in tar:
                inside.update(piece)
                gzip.write(piece)
        return Layer(incoming.keep(LAYER_GZIP), "sha256:" + inside.hexdigest(), note)


def _ordered(entries: Iterable[Entry]) -> list[Entry]:
    """By path, each folder before what is in it; what cannot be in one tar is refused."""
    by_path: dict[str, Entry] = {}
    for entry in entries:
        if any(part in ("", ".", "..") or "\0" in part for part in entry.path.split("/")):
            raise UsageError(
                f"{entry.path!r} cannot be a path in an image", hint="a path from the root, such as opt/app/x"
            )
        if entry.path in by_path:
            raise UsageError(f"a layer has two entries for {entry.path}", where=entry.source)
        by_path[entry.path] = entry
    for entry in by_path.values():
        above = by_path.get(os.path.dirname(entry.path))
        if above and above.kind != "folder":
            raise UsageError(f"{entry.path} cannot lie in {above.path}, which is a {above.kind}", where=above.source)
    return sorted(by_path.values(), key=lambda entry: entry.path.split("/"))


def _tar(entries: Iterable[Entry], mtime: int) -> Iterator[bytes]:
    for entry in entries:
        if entry.kind == "file" and entry.content is None:
            yield from _read_file(entry, mtime)
        else:
            content = entry.content or b""
            yield _header(entry, len(content), mtime) + content + bytes(-len(content) % _BLOCK)
    yield bytes(2 * _BLOCK)


def _read_file(entry: Entry, mtime: int) -> Iterator[bytes]:
    try:
        with open(entry.source, "rb") as file:
            size = left = os.fstat(file.fileno()).st_size
            yield _header(entry, size, mtime)
            while piece := file.read(min(_PORTION, left)):
                left -= len(piece)
                yield piece
            if left or file.read(1):
                raise UsageError("the file changed while it was read", where=entry.source, hint="do it again")
    except OSError as error:
        raise _unreadable(entry.source, error) from error
    yield bytes(-size % _BLOCK)


def _header(entry: Entry, size: int, mtime: int) -> bytes:
    info = tarfile.TarInfo(entry.path)
    info.type = _TYPES[entry.kind]
    info.size = size
    info.mtime = mtime
    info.uid, info.gid = entry.uid, entry.gid
    info.linkname = entry.target
    info.mode = mode_of(entry)
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def mode_of(entry: Entry) -> int:
    """What may be done with it in the image."""
    if entry.mode is not None:
        return entry.mode
    if entry.kind == "link":
        return 0o777
    return 0o755 if entry.executable or entry.kind == "folder" else 0o644


def _unreadable(path: str, error: OSError) -> UsageError:
    return UsageError(f"it cannot be read into the image: {error.strerror}", where=path)
