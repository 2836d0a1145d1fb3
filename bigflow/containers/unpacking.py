"""Turns the entries of one layer's tar into changes of a folder: files, links, folders, and what is gone."""

import contextlib
import errno
import math
import os
import shutil
import stat
import tarfile
from collections.abc import Iterator

from bigflow.containers.documents import Malformed
from bigflow.containers.layer import OPAQUE, WHITEOUT
from bigflow.containers.rootfs import inside
from bigflow.containers.store import writing

_AT_ONCE = 1 << 20
_ATTRIBUTE = "SCHILY.xattr."
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO)
_LARGEST_WITH_HOLES = 16 << 30  # they cost nothing to store, but time to read
_LONGEST = 4096  # characters of a path: no system takes more
_LATEST = 1 << 33  # seconds: beyond, file systems disagree


class NoAddition(Exception):
    """The layer takes away, or reaches through a link: a folder that lies upon others cannot say that."""


class Unpacking:
    """Applies one layer to a root file system. What the layer itself brings is safe from what it says is gone.

    With `below`, the root is a folder that is to lie upon these, the highest first: NoAddition where it cannot.
    """

    def __init__(self, root: str, owners: bool, below: tuple[str, ...] = ()) -> None:
        self.left_out: list[str] = []
        self._root = root
        self._owners = owners
        self._below = below
        self._brought = {root}  # by this layer, with the folders above
        self._folders: dict[str, float] = {}  # when they were changed, to be set when nothing changes them any more

    def take(self, entry: tarfile.TarInfo, archive: tarfile.TarFile) -> None:
        """One entry. What cannot be had as it is meant is refused."""
        path = _clean(entry.name, entry.name)
        try:
            self._take(path, entry, archive)
        except OSError as error:
            if error.errno in _DISK:
                with writing(self._root):
                    raise
            raise Malformed(f"the layer's entry {_shown(entry.name)} cannot be: {error.strerror}") from None
        except (ValueError, OverflowError) as error:
            raise Malformed(f"the layer's entry {_shown(entry.name)} cannot be: {error}") from None

    def finish(self) -> None:
        """Set the times of folders."""
        for path, mtime in self._folders.items():
            with contextlib.suppress(OSError):  # gone, or something else by now
                os.utime(path, (mtime, mtime), follow_symlinks=False)

    def _take(self, path: str, entry: tarfile.TarInfo, archive: tarfile.TarFile) -> None:
        if not path:
            return self._adorn(self._root, entry)
        folder, name = os.path.split(path)
        parent = inside(self._root, folder)
        if name.startswith(WHITEOUT):
            return self._remove(parent, name, entry)
        if entry.isdev() and not entry.isfifo():
            return self._leave_out(path)
        self._make_folders(parent)
        target = os.path.join(parent, name)
        self._make(target, entry, archive)
        self._remember(target)
        return None

    def _make_folders(self, folder: str) -> None:
        """Those that the layer does not speak of are as they are below."""
        if os.path.isdir(folder):
            return
        self._make_folders(os.path.dirname(folder))
        os.mkdir(folder)
        os.chmod(folder, 0o755)
        place = os.path.relpath(folder, self._root)
        lower = next((path for one in self._below if os.path.lexists(path := os.path.join(one, place))), None)
        if lower is not None:
            self._become_like(folder, lower)

    def _become_like(self, folder: str, lower: str) -> None:
        if not _is_folder(lower):
            raise NoAddition(f"{lower} is no folder")
        status = os.lstat(lower)
        if self._owners:
            os.chown(folder, status.st_uid, status.st_gid)
        os.chmod(folder, stat.S_IMODE(status.st_mode))
        self._folders[folder] = status.st_mtime

    def _make(self, target: str, entry: tarfile.TarInfo, archive: tarfile.TarFile) -> None:
        if entry.isdir():
            if not _is_folder(target):
                _delete(target)
                os.mkdir(target, 0o700)
        elif entry.islnk():
            return self._link(target, entry)
        else:
            _delete(target)
            if entry.isreg():
                _write(target, entry, archive)
            elif entry.issym():
                os.symlink(entry.linkname, target)
            elif entry.isfifo():
                os.mkfifo(target)
            else:
                raise Malformed(f"the layer's entry {_shown(entry.name)} is of an unknown kind, {entry.type!r}")
        return self._adorn(target, entry)

    def _link(self, target: str, entry: tarfile.TarInfo) -> None:
        """A second name for a file that is here already: one of this image, whatever the entry says."""
        source = inside(self._root, _clean(entry.linkname, entry.name), last=False)
        if self._below and not os.path.lexists(source):
            raise NoAddition(f"{entry.name} is a second name for a file below")
        if not os.path.lexists(source) or _is_folder(source):
            raise Malformed(f"the layer's entry {_shown(entry.name)} is a link to no file: {_shown(entry.linkname)}")
        if source != target:
            _delete(target)
            os.link(source, target, follow_symlinks=False)

    def _adorn(self, target: str, entry: tarfile.TarInfo) -> None:
        """Owner, mode, attributes and time. Who is not root must still get into the folder."""
        mode = entry.mode & 0o7777
        if self._owners:
            os.chown(target, entry.uid, entry.gid, follow_symlinks=False)
        else:
            mode = mode & 0o1777 | (0o700 if entry.isdir() else 0o400)
        if not entry.issym():
            os.chmod(target, mode)
        if self._owners and hasattr(os, "setxattr"):
            for name, value in _attributes(entry):
                with contextlib.suppress(OSError):  # not every disk has them
                    os.setxattr(target, name, value, follow_symlinks=False)
        mtime = min(max(entry.mtime, 0), _LATEST) if math.isfinite(entry.mtime) else 0
        if entry.isdir():
            self._folders[target] = mtime
        else:
            os.utime(target, (mtime, mtime), follow_symlinks=False)

    def _remove(self, parent: str, name: str, entry: tarfile.TarInfo) -> None:
        """What a layer below has is gone: one thing, or all that is in a folder."""
        if self._below:
            raise NoAddition(f"{entry.name} takes away")
        if name == OPAQUE:
            self._clear(parent)
        elif not name.startswith(WHITEOUT * 2):  # other notes of a file system that nobody uses any more
            gone = name.removeprefix(WHITEOUT)
            if gone in ("", ".", ".."):
                raise Malformed(f"the layer's entry {_shown(entry.name)} says that nothing is gone")
            self._drop(os.path.join(parent, gone))

    def _clear(self, folder: str) -> None:
        if _is_folder(folder):
            for name in os.listdir(folder):
                self._drop(os.path.join(folder, name))

    def _drop(self, path: str) -> None:
        if path not in self._brought:
            _delete(path)
        elif _is_folder(path):
            self._clear(path)

    def _leave_out(self, path: str) -> None:
        if path.partition("/")[0] != "dev":
            raise Malformed(f"the layer has a device outside of /dev: {_shown(path)}", hint="use another base image")
        self.left_out.append(path)

    def _remember(self, target: str) -> None:
        while target not in self._brought:
            self._brought.add(target)
            target = os.path.dirname(target)


def _clean(name: str, entry: str) -> str:
    """A path from the root without detours. One that begins with a slash means the image's root as well."""
    if len(name) > _LONGEST:
        raise Malformed(f"the layer's entry {_shown(entry)} cannot be: its name has {len(name)} characters")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts or "\0" in name:
        raise Malformed(f"the layer's entry {_shown(entry)} reaches out of the image: {_shown(name)}")
    return "/".join(parts)


def _write(target: str, entry: tarfile.TarInfo, archive: tarfile.TarFile) -> None:
    """The content. Holes stay holes, so that a small tar cannot fill a disk with nothing."""
    if entry.issparse() and entry.size > _LARGEST_WITH_HOLES:
        raise Malformed(f"the layer's entry {_shown(entry.name)} has {entry.size} bytes, most of them holes")
    content = archive.extractfile(entry)
    if content is None:
        raise Malformed(f"the layer's entry {_shown(entry.name)} has no content")
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with open(descriptor, "wb") as file:
        while piece := content.read(_AT_ONCE):
            if entry.issparse() and piece == bytes(len(piece)):
                file.seek(len(piece), os.SEEK_CUR)
            else:
                file.write(piece)
        file.truncate(entry.size)


def _attributes(entry: tarfile.TarInfo) -> Iterator[tuple[str, bytes]]:
    for name, value in entry.pax_headers.items():
        if name.startswith(_ATTRIBUTE):
            yield name.removeprefix(_ATTRIBUTE), value.encode("utf-8", "surrogateescape")


def _is_folder(path: str) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def _delete(path: str) -> None:
    if _is_folder(path):
        shutil.rmtree(path)
    else:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            os.unlink(path)


def _shown(name: str) -> str:
    return repr(name if len(name) <= 120 else f"{name[:120]}...")
