"""Turns an image into a root file system of this disk, quickly: only its last layer is unpacked each time."""

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from bigflow._files import locked, unwritable
from bigflow.containers.image import Image
from bigflow.containers.store import Store
from bigflow.containers.unpack import apply, unpack

_KEPT = 4  # file systems; those that were used longest ago go


@contextmanager
def root_of(image: Image, source: Store, cache: str) -> Iterator[str]:
    """The folder, which is gone afterwards. Its files are those of a kept one under a second name: read them only."""
    *below, last = image.layers
    room = os.path.join(cache, "roots")
    key = hashlib.sha256("\n".join(layer.diff_id for layer in below).encode()).hexdigest()[:32]
    kept = os.path.join(room, key)
    try:
        os.makedirs(room, mode=0o700, exist_ok=True)
        with locked(os.path.join(room, "lock"), _patient) as _:
            if not os.path.isdir(kept):
                unpack(replace(image, layers=tuple(below)), source, kept)
            os.utime(kept)
            _make_room(room)
            scratch = tempfile.mkdtemp(prefix="run-", dir=room)
            root = os.path.join(scratch, "root")
            _twin(kept, root)
        apply(last, source, root)
    except OSError as error:
        raise unwritable(error.filename or room, error) from error
    try:
        yield root
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _patient(_holder: str) -> None:
    """It takes seconds at most: not worth a word."""


def _make_room(room: str) -> None:
    """Whoever was killed left a folder of its own; nobody else works in here now who began an hour ago."""
    folders = [os.path.join(room, name) for name in os.listdir(room) if name != "lock"]
    newest_first = sorted((path for path in folders if os.path.isdir(path)), key=os.path.getmtime, reverse=True)
    roots = [path for path in newest_first if not os.path.basename(path).startswith("run-")]
    for path in roots[_KEPT:]:
        shutil.rmtree(path, ignore_errors=True)


def _twin(folder: str, target: str) -> None:
    """The same folders, with the same files under a second name."""
    with os.scandir(folder) as found:
        entries = list(found)
    status = os.stat(folder)
    os.mkdir(target)
    if os.geteuid() == 0:
        os.chown(target, status.st_uid, status.st_gid)
    os.chmod(target, stat.S_IMODE(status.st_mode) | 0o700)
    for entry in entries:
        place = os.path.join(target, entry.name)
        if entry.is_dir(follow_symlinks=False):
            _twin(entry.path, place)
        else:
            os.link(entry.path, place, follow_symlinks=False)
