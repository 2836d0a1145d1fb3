"""Turns folders of installed packages into the entries of one virtual environment in an image."""

import base64
import csv
import hashlib
import io
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from bigflow.builder.image.foundation import Foundation
from bigflow.builder.image.places import HOME, PYTHON, UID, USER, VENV, WORK_FOLDER, site_packages
from bigflow.containers.layer import Entry, entries_of

# What uv notes for itself: times, addresses and paths of the machine that builds.
_NOTES = ("direct_url.json", "uv_cache.json", "uv_build.json")
# The beginning of a command that a Python runs; the second form is for paths that are too long for the first.
_SHEBANG = re.compile(
    rb"""#!/[^\n]*/python[0-9.]*\r?\n|#!/bin/sh\n'''exec' ["']?/[^\n]*/python[0-9.]*["']? "\$0" "\$@"\n' '''\n"""
)


def skeleton(foundation: Foundation) -> Iterator[Entry]:
    """The environment without packages, and the user who works in it."""
    home, name = os.path.split(foundation.interpreter)
    settings = f"home = {home}\ninclude-system-site-packages = false\nversion = {foundation.python}\n"
    for folder in _folders(f"{VENV}/bin", site_packages(foundation.python)):
        yield Entry(folder, "folder")
    yield Entry(f"{VENV}/pyvenv.cfg", content=settings.encode())
    yield Entry(f"{VENV}/bin/python", "link", target=foundation.interpreter)
    yield Entry(f"{VENV}/bin/python3", "link", target="python")
    if name != "python3":
        yield Entry(f"{VENV}/bin/{name}", "link", target="python")
    for folder in (WORK_FOLDER, HOME):
        yield Entry(folder.lstrip("/"), "folder", uid=UID, gid=UID)
    user = f"{USER}:x:{UID}:{UID}:{USER}:{HOME}:/usr/sbin/nologin\n"
    yield Entry("etc/passwd", content=_with_line(foundation.passwd, user).encode())
    yield Entry("etc/group", content=_with_line(foundation.group, f"{USER}:x:{UID}:\n").encode())


def packages(prefix: str, python: str) -> Iterator[Entry]:
    """What lies in `prefix`, as it is to lie in the environment: its commands are run by the image's Python."""
    for name in sorted(os.listdir(prefix)):
        folder = os.path.join(prefix, name)
        if name == "lib":
            (local,) = os.listdir(folder)
            yield from _library(os.path.join(folder, local, "site-packages"), python, prefix)
        elif name == "bin":
            yield from (_command(entry) for entry in entries_of(folder, f"{VENV}/bin") if entry.kind == "file")
        elif os.path.isdir(folder):
            yield from entries_of(folder, f"{VENV}/{name}")


def record_row(path: str, content: bytes) -> tuple[str, str, str]:
    """What RECORD says of a file."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return path, f"sha256={digest}", str(len(content))


def record_text(rows: Iterable[Iterable[str]]) -> str:
    """RECORD, as all installers write it."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _library(folder: str, python: str, prefix: str) -> Iterator[Entry]:
    at = site_packages(python)
    for entry in entries_of(folder, at):
        above, name = os.path.split(entry.path)
        in_metadata = os.path.dirname(above) == at and above.endswith(".dist-info")
        if in_metadata and name == "RECORD":
            yield replace(entry, content=_record(entry.source, folder, prefix), source="")
        elif not (in_metadata and name in _NOTES) and entry.path != at:
            yield entry


def _record(path: str, folder: str, prefix: str) -> bytes:
    """Without the notes, and with the commands as they are in the image."""
    rows: list[tuple[str, ...]] = []
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            place = os.path.normpath(os.path.join(folder, row[0]))
            if os.path.dirname(place) == os.path.join(prefix, "bin"):
                rows.append(record_row(row[0], _for_image(_content(place))))
            elif os.path.basename(place) not in _NOTES or not os.path.dirname(place).endswith(".dist-info"):
                rows.append(tuple(row))
    return record_text(rows).encode()


def _command(entry: Entry) -> Entry:
    content = _content(entry.source)
    changed = _for_image(content)
    return entry if changed is content else replace(entry, content=changed, source="")


def _for_image(content: bytes) -> bytes:
    return _SHEBANG.sub(f"#!{PYTHON}\n".encode(), content, count=1) if _SHEBANG.match(content) else content


def _content(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _with_line(text: str, line: str) -> str:
    """The lines of a table of users, with ours unless its number or its name is taken."""
    name, _, number, *_ = line.strip().split(":")
    rows = [row.split(":") for row in text.splitlines()]
    if any(row[0] == name or row[2:3] == [number] for row in rows):
        return text
    return text + ("\n" if text and not text.endswith("\n") else "") + line


def _folders(*paths: str) -> list[str]:
    """These and those above them, but for the first, which the base has or anybody makes."""
    found = set()
    for path in paths:
        parts = path.split("/")
        found |= {"/".join(parts[:count]) for count in range(2, len(parts) + 1)}
    return sorted(found)
