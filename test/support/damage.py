"""Turns a file that is right into one that is damaged, in each way that disks, tools and people know."""

import os
from collections.abc import Callable
from pathlib import Path


def _truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _empty(path: Path) -> None:
    os.truncate(path, 0)


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    with path.open("r+b") as file:
        file.write(data)


def _lengthen(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"x")


def _folder(path: Path) -> None:
    path.unlink()
    (path / "lost+found").mkdir(parents=True)


def _dangle(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def _unreadable(path: Path) -> None:
    path.chmod(0)


DAMAGES: dict[str, Callable[[Path], None]] = {
    "truncated": _truncate,
    "empty": _empty,
    "a bit flipped": _flip,
    "longer": _lengthen,
    "a folder in its place": _folder,
    "a link to nothing in its place": _dangle,
    "gone": Path.unlink,
    "unreadable": _unreadable,
}


def damage(path: Path, how: str) -> None:
    """Do it, to this file and to none that shares its bytes. What is unreadable is so for everybody but root."""
    data = path.read_bytes()
    times = path.stat()
    path.unlink()
    path.write_bytes(data)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    DAMAGES[how](path)
