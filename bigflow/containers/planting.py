"""Turns the entries of a layer into the folder that its unpacking would give, out of the very files that they name."""

import os
from collections.abc import Iterable

from bigflow.containers.layer import Entry, mode_of


def plant(entries: Iterable[Entry], folder: str) -> None:
    """Make the folder. Files move into it: where they were they are not any more. Times are not set."""
    os.mkdir(folder)
    os.chmod(folder, 0o755)
    for entry in sorted(entries, key=lambda entry: entry.path.split("/")):
        place = os.path.join(folder, entry.path)
        _make_folders(os.path.dirname(place))
        _put(entry, place)
        if entry.uid or entry.gid:
            os.chown(place, entry.uid, entry.gid, follow_symlinks=False)


def _put(entry: Entry, place: str) -> None:
    if entry.kind == "link":
        os.symlink(entry.target, place)
        return
    if entry.kind == "folder":
        os.mkdir(place)
    elif entry.content is None:
        os.rename(entry.source, place)
    else:
        with open(place, "xb") as file:
            file.write(entry.content)
    if os.stat(place).st_mode & 0o7777 != mode_of(entry):
        os.chmod(place, mode_of(entry))


def _make_folders(folder: str) -> None:
    """Those that the layer does not speak of."""
    if not os.path.isdir(folder):
        _make_folders(os.path.dirname(folder))
        os.mkdir(folder)
        os.chmod(folder, 0o755)
