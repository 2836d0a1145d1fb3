"""Turns a wheel that a build made into what its installation would leave in a folder, without pip or Python."""

import configparser
import csv
import io
import os
import shutil
import zipfile
from collections.abc import Iterator

from bigflow.builder.image.places import PYTHON
from bigflow.builder.image.venv import record_row, record_text
from bigflow.errors import UsageError

_INSTALLER = b"bigflow\n"
_COMMAND = """\
#!{python}
import sys
from {module} import {name}
if __name__ == "__main__":
    sys.exit({call}())
"""


def install_wheel(wheel: str, prefix: str, python: str) -> None:
    """Lay its files out in `prefix`, as an environment has them. Code is the wheel's, commands and RECORD are ours."""
    library = os.path.join(prefix, "lib", f"python{python}", "site-packages")
    try:
        with zipfile.ZipFile(wheel) as archive:
            installation = _Installation(archive, prefix, library)
            installation.lay_out()
    except (zipfile.BadZipFile, StopIteration, KeyError, UnicodeDecodeError):
        raise UsageError("this is no wheel that a build made", where=wheel, hint="bigflow build --only build") from None


class _Installation:
    """One wheel on its way into a folder."""

    def __init__(self, archive: zipfile.ZipFile, prefix: str, library: str) -> None:
        self._archive = archive
        self._prefix = prefix
        self._library = library
        self._names = [info for info in archive.infolist() if not info.is_dir()]
        record = next(info.filename for info in self._names if info.filename.endswith(".dist-info/RECORD"))
        self._info = os.path.dirname(record)
        self._data = f"{self._info.removesuffix('.dist-info')}.data/"
        told = csv.reader(io.StringIO(archive.read(record).decode()))
        self._told = {row[0]: tuple(row[1:]) for row in told if row}
        self._rows: list[tuple[str, ...]] = []

    def lay_out(self) -> None:
        for info in self._names:
            if info.filename != f"{self._info}/RECORD":
                self._extract(info)
        for name, content in self._commands():
            self._write(os.path.join(self._prefix, "bin", name), content, executable=True)
        self._write(os.path.join(self._library, self._info, "INSTALLER"), _INSTALLER)
        record = f"{self._info}/RECORD"
        text = record_text([*sorted(self._rows), (record, "", "")])
        with open(os.path.join(self._library, record), "w", encoding="utf-8", newline="") as file:
            file.write(text)

    def _extract(self, info: zipfile.ZipInfo) -> None:
        """Streamed: resources may be large."""
        place = self._place(info.filename)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with self._archive.open(info) as source, open(place, "wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
        executable = info.external_attr >> 16 & 0o111
        os.chmod(place, 0o755 if executable else 0o644)
        self._rows.append((os.path.relpath(place, self._library), *self._told[info.filename]))

    def _place(self, name: str) -> str:
        """Only what a build makes is known here: modules, and `data_files`."""
        folder, rest = self._library, name
        if name.startswith(self._data):
            scheme, _, rest = name.removeprefix(self._data).partition("/")
            folder = {"data": self._prefix, "purelib": self._library, "platlib": self._library}[scheme]
        if rest.startswith("/") or ".." in rest.split("/"):
            raise zipfile.BadZipFile(name)
        return os.path.join(folder, *rest.split("/"))

    def _commands(self) -> Iterator[tuple[str, bytes]]:
        name = f"{self._info}/entry_points.txt"
        if name not in self._told:
            return
        parser = configparser.RawConfigParser(delimiters=("=",))
        parser.optionxform = str  # type: ignore[assignment,method-assign]  # names of commands keep their capitals
        parser.read_string(self._archive.read(name).decode())
        for section in ("console_scripts", "gui_scripts"):
            for command, target in parser.items(section) if parser.has_section(section) else ():
                module, _, call = target.partition("[")[0].strip().partition(":")
                first = call.partition(".")[0]
                text = _COMMAND.format(python=PYTHON, module=module.strip(), name=first, call=call)
                yield command, text.encode()

    def _write(self, place: str, content: bytes, *, executable: bool = False) -> None:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "wb") as file:
            file.write(content)
        os.chmod(place, 0o755 if executable else 0o644)
        self._rows.append(record_row(os.path.relpath(place, self._library), content))
