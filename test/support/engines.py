"""Finds or starts container engines for tests, and gives them a base image with Python that no registry has."""

import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from support.needs import missing

BASE = "localhost/bigflow-test/python:bookworm"
_FOLDER = Path.home() / ".cache" / "bigflow-framework-test"
_TAR = _FOLDER / "base-bookworm-python3-pip.tar"
_PACKAGES = "python3,python3-pip"
_PATIENCE = 30.0


def docker() -> str:
    """Docker, answering, with the base image in it. Root starts a daemon where none runs, and leaves it."""
    program = shutil.which("docker")
    if not program:
        missing("docker", "it is not installed (apt-get install docker.io)")
    if not _answers(program):
        _start_daemon(program)
    _have_base(program, ("import", "--change", f"ENV PATH={os.defpath}:/usr/sbin:/sbin"), {})
    return program


def older_docker() -> str:
    """A docker program that has a BuildKit client of its own, as Debian's; it speaks to the same daemon."""
    docker()
    program = shutil.which("docker", path="/usr/bin") or docker()
    told = subprocess.run([program, "version", "--format", "{{.Client.Version}}"], capture_output=True, text=True)
    if int(told.stdout.partition(".")[0]) >= 23:
        missing("a docker program before version 23", "the one here needs the buildx plugin for BuildKit")
    return program


def podman(folder: Path) -> Mapping[str, str]:
    """The variables with which podman works on this machine, with the base image in it; `folder` is for its settings.

    Debian's crun does not start on a kernel with both kinds of control groups; builds need no runtime there.
    """
    program = shutil.which("podman")
    if not program:
        missing("podman", "it is not installed (apt-get install podman)")
    settings = folder / "containers.conf"
    settings.write_text('[engine]\nruntime = "runc"\n[containers]\ndefault_ulimits = []\n')
    told = {"CONTAINERS_CONF": str(settings), "BUILDAH_ISOLATION": "chroot"}
    _have_base(program, ("import", "--change", f"ENV PATH={os.defpath}:/usr/sbin:/sbin"), told)
    return told


def base_tar() -> Path:
    """Debian with Python and pip, as a tar; made once, in some forty seconds."""
    if _TAR.exists():
        return _TAR
    if not shutil.which("mmdebstrap") or os.geteuid():
        missing("a base image", "mmdebstrap, run by root, makes it (apt-get install mmdebstrap)")
    _FOLDER.mkdir(parents=True, exist_ok=True)
    half = _TAR.with_suffix(f".{os.getpid()}.tar")
    words = ["mmdebstrap", "--variant=minbase", f"--include={_PACKAGES}", "bookworm", str(half)]
    done = subprocess.run(words, capture_output=True, text=True, env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"})
    if done.returncode:
        missing("a base image", done.stderr.strip().splitlines()[-1])
    half.replace(_TAR)
    return _TAR


def _answers(program: str) -> bool:
    return subprocess.run([program, "info"], capture_output=True).returncode == 0


def _start_daemon(program: str) -> None:
    if os.geteuid() or not shutil.which("dockerd"):
        missing("a docker engine", "none answers, and only root can start one")
    with open("/tmp/dockerd.log", "ab") as log:
        subprocess.Popen(["dockerd"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    for _ in range(int(_PATIENCE / 0.2)):
        if _answers(program):
            return
        time.sleep(0.2)
    missing("a docker engine", "dockerd does not start: see /tmp/dockerd.log")


def _have_base(program: str, words: tuple[str, ...], variables: Mapping[str, str]) -> None:
    told = {**os.environ, **variables}
    if subprocess.run([program, "image", "inspect", BASE], capture_output=True, env=told).returncode:
        subprocess.run([program, *words, str(base_tar()), BASE], check=True, capture_output=True, env=told)
