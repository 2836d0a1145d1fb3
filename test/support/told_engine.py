"""Turns what an engine of some version wrote into a program of its name that writes just that, and notes its words."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

_PROGRAM = """\
#!/bin/sh
printf '%s\\n' "$*" >> "{log}"
for answer in "{folder}"/*.words; do
    [ -e "$answer" ] || continue
    case "$*" in $(cat "$answer"))
        cat "${{answer%.words}}.out"; cat "${{answer%.words}}.err" >&2; exit $(cat "${{answer%.words}}.code");;
    esac
done
echo "unknown command: $*" >&2
exit 1
"""
VERSION = {
    "Client": {"Version": "28.2.2", "Os": "linux", "Arch": "amd64"},
    "Server": {"Version": "20.10.24+dfsg1", "Os": "linux", "Arch": "amd64"},
}
INFO = {"host": {"os": "linux", "arch": "arm64"}, "version": {"Version": "4.3.1"}}


@dataclass
class ToldEngine:
    """A program on PATH, and nothing else there."""

    name: str
    folder: Path

    def says(self, words: str, out: str = "", err: str = "", code: int = 0) -> None:
        """To words like these (a shell's pattern without spaces of its own) it answers so."""
        number = len(list(self.folder.glob("*.words")))
        for kind, text in (("words", words), ("out", out), ("err", err), ("code", str(code))):
            (self.folder / f"{number}.{kind}").write_text(text)

    @property
    def heard(self) -> list[str]:
        log = self.folder / "log"
        return log.read_text().splitlines() if log.exists() else []


def told_engine(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> ToldEngine:
    """The program, alone on PATH but for what its script needs."""
    bin_folder, own = folder / "bin", folder / name
    bin_folder.mkdir(exist_ok=True)
    own.mkdir()
    for tool in ("cat", "sh"):
        if not (bin_folder / tool).exists():
            (bin_folder / tool).symlink_to(f"/bin/{tool}")
    program = bin_folder / name
    program.write_text(_PROGRAM.format(log=own / "log", folder=own))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(bin_folder))
    return ToldEngine(name, own)


def docker_that_answers(folder: Path, monkeypatch: pytest.MonkeyPatch, **versions: str) -> ToldEngine:
    """Docker with a client and a server of these versions."""
    engine = told_engine("docker", folder, monkeypatch)
    told = json.loads(json.dumps(VERSION))
    for side, version in versions.items():
        told[side.capitalize()]["Version"] = version
    engine.says("version*", json.dumps(told) + os.linesep)
    return engine
