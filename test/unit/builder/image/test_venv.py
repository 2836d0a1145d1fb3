"""Environments in images: their packages, commands and records, from what uv leaves and from our own wheels."""

import csv
import hashlib
import io
import os
import subprocess
import sys
import zipfile
from base64 import urlsafe_b64decode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.builder.image.foundation import Foundation
from bigflow.builder.image.venv import _with_line, packages, skeleton
from bigflow.builder.image.wheels import install_wheel
from bigflow.builder.wheel.archive import Entry as Packed
from bigflow.builder.wheel.archive import write_wheel
from bigflow.containers.bases import Base
from bigflow.containers.descriptor import LINUX_AMD64
from bigflow.containers.image import scratch
from bigflow.containers.layer import Entry
from bigflow.errors import UsageError

SITE = "opt/venv/lib/python3.12/site-packages"
INFO = "shop-1.0.dist-info"
COMMANDS = (
    b"[console_scripts]\nshop = shop.cli:Main.run\n\n[gui_scripts]\nShop-UI=shop:ui [extra]\n\n[other]\nx = y:z\n"
)
METADATA = b"Metadata-Version: 2.1\nName: shop\nVersion: 1.0\n"


def content(entry: Entry) -> bytes:
    return Path(entry.source).read_bytes() if entry.content is None else entry.content


def laid_out(prefix: Path) -> dict[str, Entry]:
    return {entry.path: entry for entry in packages(str(prefix), "3.12")}


def unlike_their_record(entries: dict[str, Entry]) -> list[str]:
    """The files whose hash or size is not what RECORD says, or which it does not know."""
    wrong = []
    known: set[str] = set()
    for path, entry in entries.items():
        if path.endswith(".dist-info/RECORD"):
            for name, digest, size in csv.reader(io.StringIO(content(entry).decode())):
                place = os.path.normpath(os.path.join(SITE, name))
                known.add(place)
                data = content(entries[place]) if place in entries else None
                if data is None or (digest and not _is(data, digest, size)):
                    wrong.append(place)
    return wrong + [path for path, entry in entries.items() if entry.kind == "file" and path not in known]


def _is(data: bytes, digest: str, size: str) -> bool:
    said = urlsafe_b64decode(digest.removeprefix("sha256=") + "=")
    return hashlib.sha256(data).digest() == said and len(data) == int(size)


def test_what_uv_installs_becomes_an_environment_of_the_image(tmp_path: Path) -> None:
    """A wheel of this disk is what leaves most notes behind."""
    from uv import find_uv_bin

    wheel = tmp_path / "tool-1.0-py3-none-any.whl"
    info = "tool-1.0.dist-info"
    files = [
        Packed("tool.py", b"def main(): pass\n"),
        Packed("bin/__init__.py", b"# a package of this name\n"),
        Packed("tool-1.0.data/scripts/older", b"#!python\nprint('older')\n", True),
        Packed("tool-1.0.data/data/share/tool/x.txt", b"x"),
        Packed(f"{info}/METADATA", METADATA.replace(b"shop", b"tool")),
        Packed(f"{info}/entry_points.txt", b"[console_scripts]\ntool = tool:main\n"),
    ]
    write_wheel(str(wheel), info, files, 0)
    prefix = tmp_path / "prefix"
    words = ["pip", "install", "--quiet", "--no-index", "--prefix", str(prefix), "--python", sys.executable, str(wheel)]
    subprocess.run([find_uv_bin(), *words], check=True)
    entries = laid_out(prefix)
    assert unlike_their_record(entries) == []
    names = {path.removeprefix("opt/venv/") for path, entry in entries.items() if entry.kind == "file"}
    assert {"bin/tool", "bin/older", "share/tool/x.txt", "lib/python3.12/site-packages/bin/__init__.py"} <= names
    assert not [name for name in names if "direct_url" in name or "uv_cache" in name or name.endswith(".lock")]
    for name in ("tool", "older"):
        command = entries[f"opt/venv/bin/{name}"]
        assert content(command).startswith(b"#!/opt/venv/bin/python\n") and command.executable
    texts = b"".join(content(entry) for entry in entries.values() if entry.kind == "file")
    assert str(tmp_path).encode() not in texts and sys.executable.encode() not in texts


@pytest.mark.parametrize(
    "head",
    [
        b"#!/home/me/.venv/bin/python\n",
        b"#!/home/me/.venv/bin/python3.12\n",
        b"#!/bin/sh\n'''exec' '/a path/with spaces/bin/python' \"$0\" \"$@\"\n' '''\n",
        b"#!/bin/sh\n'''exec' \"/very/long/bin/python3\" \"$0\" \"$@\"\n' '''\n",
    ],
)
def test_commands_are_run_by_the_python_of_the_image(head: bytes, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "run").write_bytes(head + b"print(1)\n")
    (tmp_path / "bin" / "shell").write_bytes(b"#!/bin/sh\nexec python\n")
    entries = laid_out(tmp_path)
    assert content(entries["opt/venv/bin/run"]) == b"#!/opt/venv/bin/python\nprint(1)\n"
    assert content(entries["opt/venv/bin/shell"]) == b"#!/bin/sh\nexec python\n"


def test_a_file_that_is_linked_into_a_cache_stays_as_it_is(tmp_path: Path) -> None:
    cached = tmp_path / "cached"
    cached.write_bytes(b"#!/x/python\n")
    (tmp_path / "prefix" / "bin").mkdir(parents=True)
    os.link(cached, tmp_path / "prefix" / "bin" / "run")
    list(packages(str(tmp_path / "prefix"), "3.12"))
    assert cached.read_bytes() == b"#!/x/python\n"


def wheel_of(path: Path, *files: Packed) -> str:
    write_wheel(str(path), INFO, [Packed(f"{INFO}/METADATA", METADATA), *files], 0)
    return str(path)


def test_our_own_wheels_are_installed_as_any_installer_would(tmp_path: Path) -> None:
    files = (
        Packed("shop/__init__.py", b""),
        Packed("shop/resources/größe, with a comma.sql", b"select 1"),
        Packed("shop/resources/run.sh", b"#!/bin/sh\n", True),
        Packed("shop-1.0.data/data/etc/shop.ini", b"[x]"),
        Packed(f"{INFO}/entry_points.txt", COMMANDS),
    )
    install_wheel(wheel_of(tmp_path / "shop.whl", *files), str(tmp_path / "prefix"), "3.12")
    entries = laid_out(tmp_path / "prefix")
    assert unlike_their_record(entries) == []
    assert content(entries["opt/venv/etc/shop.ini"]) == b"[x]"
    assert entries[f"{SITE}/shop/resources/run.sh"].executable
    assert not entries[f"{SITE}/shop/__init__.py"].executable
    assert content(entries[f"{SITE}/{INFO}/INSTALLER"]) == b"bigflow\n"
    shop = content(entries["opt/venv/bin/shop"]).decode()
    assert "from shop.cli import Main\n" in shop and "sys.exit(Main.run())" in shop
    assert "from shop import ui\n" in content(entries["opt/venv/bin/Shop-UI"]).decode()
    assert "opt/venv/bin/x" not in entries


@pytest.mark.parametrize("name", ["../out.py", "shop/../../out.py", "/out.py", "shop-1.0.data/data/../../out"])
def test_a_wheel_that_reaches_out_is_refused(name: str, tmp_path: Path) -> None:
    wheel = wheel_of(tmp_path / "shop.whl", Packed(name, b"x"))
    with pytest.raises(UsageError, match="no wheel that a build made"):
        install_wheel(wheel, str(tmp_path / "a" / "prefix"), "3.12")
    assert not list(tmp_path.rglob("out*"))


def test_what_is_no_wheel(tmp_path: Path) -> None:
    (tmp_path / "text.whl").write_text("not a zip")
    with zipfile.ZipFile(tmp_path / "empty.whl", "w") as archive:
        archive.writestr("shop.py", "")
    for name in ("text.whl", "empty.whl"):
        with pytest.raises(UsageError, match="no wheel"):
            install_wheel(str(tmp_path / name), str(tmp_path / "prefix"), "3.12")


def made_for(passwd: str = "", interpreter: str = "/usr/local/bin/python3.12") -> dict[str, Entry]:
    image = scratch(LINUX_AMD64)
    base = Base(image, image.digest, "", False)
    found = Foundation(base, "3.12", interpreter, "glibc 2.36", "x86_64-manylinux_2_36", passwd, "root:x:0:\n")
    return {entry.path: entry for entry in skeleton(found)}


def test_the_environment_is_the_base_interpreters() -> None:
    entries = made_for()
    assert b"home = /usr/local/bin\n" in content(entries["opt/venv/pyvenv.cfg"])
    assert entries["opt/venv/bin/python"].target == "/usr/local/bin/python3.12"
    assert {entries[f"opt/venv/bin/{name}"].target for name in ("python3", "python3.12")} == {"python"}
    assert entries[SITE].kind == "folder"


def test_the_user_works_where_nobody_else_does() -> None:
    entries = made_for("root:x:0:0::/root:/bin/sh")
    assert (entries["app"].uid, entries["home/bigflow"].uid, entries["opt/venv"].uid) == (10001, 10001, 0)
    assert content(entries["etc/passwd"]).decode().splitlines() == [
        "root:x:0:0::/root:/bin/sh",
        "bigflow:x:10001:10001:bigflow:/home/bigflow:/usr/sbin/nologin",
    ]


@given(st.lists(st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=4)))
def test_our_line_is_added_once_and_to_whole_lines(names: list[str]) -> None:
    table = "\n".join(f"{name}:x:{number}:" for number, name in enumerate(names))
    line = "bigflow:x:10001:\n"
    once = _with_line(table, line)
    assert once.splitlines() == [*table.splitlines(), line.strip()]
    assert _with_line(once, line) == once
