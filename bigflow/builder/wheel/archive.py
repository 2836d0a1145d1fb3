"""Turns a list of files into a wheel in its one normal form: the same list gives the same bytes, always."""

import base64
import csv
import hashlib
import io
import os
import time
import zipfile
from collections.abc import Iterable
from typing import BinaryIO, NamedTuple

from bigflow.builder.requirements.names import normal

TAG = "py3-none-any"
_WHEEL = f"Wheel-Version: 1.0\nGenerator: bigflow-framework\nRoot-Is-Purelib: true\nTag: {TAG}\n"
_CHUNK = 1 << 20
_EARLIEST, _LATEST = 315_532_800, 4_354_819_198  # 1980 and 2107: what the form of an archive can say
_ZIP64 = 1 << 30  # bytes from which on room for large sizes is kept
_FILE, _PROGRAM = 0o100644, 0o100755


class Entry(NamedTuple):
    """One file of a wheel: its name there, and a file on disk, or the content itself."""

    name: str
    content: str | bytes  # a path, or the bytes
    executable: bool = False


def wheel_name(name: str, version: str) -> str:
    """The name of the file that is the wheel of this version."""
    return f"{_stem(name, version)}-{TAG}.whl"


def dist_info(name: str, version: str) -> str:
    """The folder of metadata in the wheel."""
    return f"{_stem(name, version)}.dist-info"


def data_folder(name: str, version: str) -> str:
    """The folder in the wheel of what is installed beside the packages."""
    return f"{_stem(name, version)}.data"


def write_wheel(path: str, info: str, entries: Iterable[Entry], seconds: int) -> None:
    """Write the archive. `info` is the folder of metadata, `seconds` the one time that all its files have.

    Files are streamed: their size does not matter. The metadata come last, as the standard wants it.
    """
    ordered = sorted(
        (*entries, Entry(f"{info}/WHEEL", _WHEEL.encode())), key=lambda one: (one.name.startswith(f"{info}/"), one.name)
    )
    moment = time.gmtime(min(max(seconds, _EARLIEST), _LATEST))[:6]
    rows: list[tuple[str, str, str]] = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in ordered:
            rows.append((entry.name, *_add(archive, entry, moment)))
        record = f"{info}/RECORD"
        rows.append((record, "", ""))
        _add(archive, Entry(record, _table(rows).encode()), moment)


def _stem(name: str, version: str) -> str:
    return f"{normal(name).replace('-', '_')}-{version.replace('-', '_')}"


def _add(archive: zipfile.ZipFile, entry: Entry, moment: tuple[int, ...]) -> tuple[str, str]:
    """Add one file; gives its hash and its size, as the record says them."""
    info = zipfile.ZipInfo(entry.name, (moment[0], moment[1], moment[2], moment[3], moment[4], moment[5]))
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = 3  # Unix: modes count
    info.external_attr = (_PROGRAM if entry.executable else _FILE) << 16
    digest, size = hashlib.sha256(), 0
    with _opened(entry.content) as file, archive.open(info, "w", force_zip64=_size(entry.content) >= _ZIP64) as place:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            place.write(chunk)
    return "sha256=" + base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode(), str(size)


def _opened(content: str | bytes) -> BinaryIO:
    return io.BytesIO(content) if isinstance(content, bytes) else open(content, "rb")


def _size(content: str | bytes) -> int:
    return len(content) if isinstance(content, bytes) else os.path.getsize(content)


def _table(rows: Iterable[tuple[str, str, str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
