"""Turns files below a folder into a zip archive: the same files, the same bytes."""

import os
import stat
import tempfile
import time
import zipfile
from collections.abc import Iterable
from typing import NamedTuple


class Member(NamedTuple):
    """A file, and what it is called in the archive."""

    path: str
    name: str
    link: bool = False  # kept as a link


def write_archive(target: str, members: Iterable[Member], moment: int) -> None:
    """The archive, or what was there before. All files have the one time, in seconds since 1970, that is given."""
    folder = os.path.dirname(target)
    os.makedirs(folder, exist_ok=True)
    date = time.gmtime(moment)[:6]
    descriptor, scratch = tempfile.mkstemp(prefix=".writing-", dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for member in members:
                _add(archive, member, date)
        os.chmod(scratch, 0o644)
        os.replace(scratch, target)
    except BaseException:
        os.unlink(scratch)
        raise


def _add(archive: zipfile.ZipFile, member: Member, date: tuple[int, ...]) -> None:
    entry = zipfile.ZipInfo(member.name, date)  # type: ignore[arg-type]
    entry.create_system = 3  # so that modes and links are understood
    entry.compress_type = zipfile.ZIP_DEFLATED
    if member.link:
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, os.readlink(member.path).encode("utf-8", "surrogateescape"))
        return
    status = os.stat(member.path)
    entry.external_attr = (stat.S_IFREG | (0o755 if status.st_mode & 0o100 else 0o644)) << 16
    entry.file_size = status.st_size
    with open(member.path, "rb") as source, archive.open(entry, "w") as target:
        while chunk := source.read(1 << 20):
            target.write(chunk)
