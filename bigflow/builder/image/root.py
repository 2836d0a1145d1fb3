"""Turns an image into a root file system for programs, quickly: only its last layer is unpacked each time."""

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace

from bigflow._files import unwritable
from bigflow._process import ProgramMissing
from bigflow.builder.image.trees import Trees
from bigflow.containers.debian import Tool
from bigflow.containers.image import Image
from bigflow.containers.store import Store
from bigflow.containers.unpack import add, apply
from bigflow.containers.unpacking import NoAddition

# Only the program sees the mount, which ends with it, however it ends. Names in the options have no folder before
# them: of a path, a comma or a colon would be understood as something else.
_MOUNT = 'cd "$0" && mount -t overlay overlay -o "$1" "$2" && cd "$OLDPWD" && shift 2 && exec "$@"'


@dataclass(frozen=True, slots=True)
class Root:
    """A root file system. It is there for programs that are begun with the words of its entrance before their own."""

    folder: str
    own: str  # where more can be put into it
    entrance: tuple[str, ...] = ()


@contextmanager
def root_of(image: Image, base: int, source: Store, trees: Trees, run: Tool) -> Iterator[Root]:
    """It is gone afterwards. `base` is how many of its lowest layers other images have as well."""
    *lower, last = image.layers
    with ExitStack() as held:
        try:
            below = held.enter_context(trees.of(replace(image, layers=tuple(lower)), base, source))
            scratch = held.enter_context(trees.scratch())
            root = _overlaid(below, scratch)
            try:
                add(last, source, root.own, below)
                is_there = run((*root.entrance, "true")).returncode == 0
            except (NoAddition, ProgramMissing):
                is_there = False
            if not is_there:
                root = _linked(below, scratch)
                apply(last, source, root.folder)
        except OSError as error:
            raise unwritable(error.filename or trees.folder, error) from error
        yield root


def _overlaid(below: tuple[str, ...], scratch: str) -> Root:
    """The folders lie upon each other, in a mount."""
    room, name = os.path.split(scratch)
    for path in ("work", "root"):
        os.mkdir(os.path.join(scratch, path))
    lower = ":".join(map(os.path.basename, below))
    options = f"lowerdir={lower},upperdir={name}/own,workdir={name}/work"
    folder = os.path.join(scratch, "root")
    entrance = ("unshare", "--mount", "sh", "-c", _MOUNT, room, options, folder)
    return Root(folder, os.path.join(scratch, "own"), entrance)


def _linked(below: tuple[str, ...], scratch: str) -> Root:
    """Where nothing may be mounted: the same files under a second name, in one folder."""
    folder = os.path.join(scratch, "linked")
    for tree in reversed(below):
        _link(tree, folder)
    return Root(folder, folder)


def _link(tree: str, folder: str) -> None:
    """Instead of what is there by the same name."""
    with os.scandir(tree) as found:
        entries = list(found)
    if os.path.islink(folder) or not os.path.isdir(folder):
        _delete(folder)
        os.mkdir(folder)
    status = os.stat(tree)
    if os.geteuid() == 0:
        os.chown(folder, status.st_uid, status.st_gid)
    os.chmod(folder, stat.S_IMODE(status.st_mode) | 0o700)
    for entry in entries:
        place = os.path.join(folder, entry.name)
        if entry.is_dir(follow_symlinks=False):
            _link(entry.path, place)
        else:
            _delete(place)
            os.link(entry.path, place, follow_symlinks=False)


def _delete(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        with suppress(FileNotFoundError):
            os.unlink(path)
