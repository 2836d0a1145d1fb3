"""Turns the lower layers of images into folders that can lie upon each other, each made once on this machine."""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace

from bigflow._files import locked
from bigflow.containers.image import Image, Layer
from bigflow.containers.layer import Entry
from bigflow.containers.planting import plant
from bigflow.containers.store import Store
from bigflow.containers.unpack import add, unpack
from bigflow.containers.unpacking import NoAddition

_KEPT = 12  # folders; those that were used longest ago go
_SCRATCH = "run-"  # somebody's at work
_ADDITION = "+"  # what only the last of some layers brings


@dataclass(frozen=True, slots=True)
class Trees:
    """They lie in a folder of the cache. Files in them are only read."""

    folder: str

    @contextmanager
    def of(self, image: Image, base: int, source: Store) -> Iterator[tuple[str, ...]]:
        """All layers of an image, the highest first; the lowest folder has as many as its `base`."""
        with ExitStack() as held:
            with self._alone():
                stack = self._stack(image, base, source)
                for path in stack:
                    held.enter_context(_held(path, fcntl.LOCK_SH))
                    os.utime(path)
                self._make_room()
            yield stack

    @contextmanager
    def scratch(self) -> Iterator[str]:
        """A folder beside them that is gone afterwards, or when the next one works here after a kill."""
        with ExitStack() as held:
            with self._alone():
                folder = tempfile.mkdtemp(prefix=_SCRATCH, dir=self.folder)
                held.enter_context(_held(folder, fcntl.LOCK_SH))
            held.callback(shutil.rmtree, folder, ignore_errors=True)
            yield folder

    def plant(self, layers: tuple[Layer, ...], entries: Iterable[Entry]) -> None:
        """Keep what the last of the layers was made of: its files, which nobody else needs any more, move here.

        Where they cannot, nothing is lost: they are unpacked when they are needed.
        """
        with suppress(OSError), self.scratch() as scratch:
            made = os.path.join(scratch, "tree")
            plant(entries, made)
            os.rename(made, self._place(layers) + _ADDITION)

    def _stack(self, image: Image, base: int, source: Store) -> tuple[str, ...]:
        whole = self._place(image.layers)
        if len(image.layers) <= base or os.path.isdir(whole):
            self._make(whole, lambda folder: unpack(image, source, folder))
            return (whole,)
        below = self._stack(replace(image, layers=image.layers[:-1]), base, source)
        addition = whole + _ADDITION
        try:
            self._make(addition, lambda folder: add(image.layers[-1], source, folder, below))
        except NoAddition:
            self._make(whole, lambda folder: unpack(image, source, folder))
            return (whole,)
        return (addition, *below)

    def _make(self, place: str, make: Callable[[str], object]) -> None:
        """All of it or nothing."""
        if os.path.isdir(place):
            return
        scratch = tempfile.mkdtemp(prefix=_SCRATCH, dir=self.folder)
        try:
            made = os.path.join(scratch, "tree")
            make(made)
            os.rename(made, place)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def _place(self, layers: tuple[Layer, ...]) -> str:
        chain = hashlib.sha256("\n".join(layer.diff_id for layer in layers).encode()).hexdigest()
        return os.path.join(self.folder, chain[:32])

    @contextmanager
    def _alone(self) -> Iterator[None]:
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        with locked(os.path.join(self.folder, "lock"), _patient):
            yield

    def _make_room(self) -> None:
        """What is in use stays."""
        folders = [entry for entry in os.scandir(self.folder) if entry.is_dir(follow_symlinks=False)]
        newest_first = sorted(folders, key=lambda entry: entry.stat().st_mtime, reverse=True)
        trees = [entry.path for entry in newest_first if not entry.name.startswith(_SCRATCH)]
        left = [entry.path for entry in newest_first if entry.name.startswith(_SCRATCH)]
        for path in (*trees[_KEPT:], *left):
            with suppress(BlockingIOError), _held(path, fcntl.LOCK_EX | fcntl.LOCK_NB):
                shutil.rmtree(path, ignore_errors=True)


def trees_in(cache: str) -> Trees:
    """Those of this machine."""
    return Trees(os.path.join(cache, "trees"))


@contextmanager
def _held(folder: str, how: int) -> Iterator[None]:
    """It ends with the process."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)


def _patient(_holder: str) -> None:
    """It takes seconds at most: not worth a word."""
