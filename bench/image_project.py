"""Turns Debian's packages into a base image that everybody builds on, and what was built before into nothing."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from bench import build_project
from bench.environments import KEPT, Environment

BASE = "bigflow-bench/base:bookworm"
IMAGE = "bigflow-bench/shop"
HOME = KEPT / "image-home"
LABEL = "bigflow-bench"  # by which Docker forgets what was built here, and nothing else
OUTPUTS = (".bigflow", ".dags", ".image", "build", "dist")

# As 1.11's start-project writes it, without its call of apt-get, which installs nothing. The first line is for us.
DOCKERFILE = f"""\
# bigflow: standard
FROM {BASE}
LABEL {LABEL}="{{round}}"
WORKDIR /app
COPY ./resources/requirements.txt requirements.txt
RUN pip install --no-cache-dir -r requirements.txt
COPY ./dist dist
RUN pip install dist/*.whl
"""
_PACKAGES = "python3,python3-pip,ca-certificates,libstdc++6,tzdata"
_LEFT_OUT = ("doc", "man", "info", "locale")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_INDEX = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "UV_INDEX_URL", "UV_DEFAULT_INDEX")
_CERTIFICATES = "SSL_CERT_FILE"
_rounds = count(os.getpid() * 1000)


def write(folder: Path, peer: Environment, *requirements: str) -> None:
    """The project of 1.11 with its Dockerfile; it requires these besides."""
    config = f"from bigflow import Config\n\ndeployment_config = Config('dev', {{'docker_repository': '{IMAGE}'}})\n"
    required = "".join(f"{one}\n" for one in (*build_project.REQUIREMENTS, *requirements))
    more = {"resources/requirements.in": required, "deployment_config.py": config}
    build_project.write(folder, peer, {**more, "Dockerfile": DOCKERFILE.format(round=0)})


def variables(environment: Environment, base: str) -> dict[str, str]:
    """What processes of ours and of the peer see; all that we keep lies in a home of this benchmark's own."""
    own = {"HOME": str(HOME), "BIGFLOW_IMAGE_BASE": base}
    return {**environment.variables, **own, **_index()}


def push_base(host: str) -> str:
    """Have the base image in Docker and in the registry, by whose name it is answered."""
    if subprocess.run(["docker", "image", "inspect", BASE], capture_output=True, check=False).returncode:
        told = {"PATH": _PATH, **{name: value for name, value in _index().items() if name != _CERTIFICATES}}
        changes = [word for name, value in told.items() for word in ("--change", f"ENV {name}={value}")]
        _run("docker", "import", *changes, str(_base_tar()), BASE)
    name = f"{host}/base:bookworm"
    _run("docker", "tag", BASE, name)
    _run("docker", "push", name)
    _run("docker", "rmi", name)
    return name


def change_line(folder: Path) -> None:
    with (folder / build_project.CHANGED).open("a") as file:
        file.write(f"# {next(_rounds)}\n")


def make_cold(folder: Path) -> None:
    """Nothing was ever built from this folder, by anybody."""
    for name in OUTPUTS:
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / "Dockerfile").write_text(DOCKERFILE.format(round=next(_rounds)))


def forget_ours() -> None:
    """All that we and uv keep for the next build, but for the base image, which Docker keeps unpacked as well."""
    cache = HOME / ".cache"
    blobs, trees = (cache / "bigflow-framework" / name for name in ("blobs", "trees"))
    for note in (blobs / "layers").glob("*.json"):
        algorithm, _, digest = json.loads(note.read_text())["digest"].partition(":")
        (blobs / "blobs" / algorithm / digest).unlink(missing_ok=True)
        note.unlink()
    for other in (*cache.glob("*"), *blobs.parent.glob("*"), *trees.glob("*+")):
        if other.is_file():
            other.unlink()
        elif other not in (blobs, trees, blobs.parent):
            shutil.rmtree(other)
    os.sync()


def forget_docker() -> None:
    """The images that were built for this benchmark, with the layers that it would take from them."""
    _run("docker", "image", "prune", "--all", "--force", "--filter", f"label={LABEL}")
    os.sync()


def docker_versions() -> dict[str, str]:
    asked = ("docker", "version", "--format", "client {{.Client.Version}} with engine {{.Server.Version}}")
    return {"docker": _run(*asked), "docker-registry": _run("docker-registry", "--version").split()[-1]}


def missing_programs() -> list[str]:
    return [name for name in ("docker", "docker-registry", "mmdebstrap") if not shutil.which(name)]


def _base_tar() -> Path:
    """Made once: Python and pip, as in a slim image of Python, and the certificates that this machine trusts."""
    words = tuple(_mmdebstrap())
    tar = KEPT / f"base-{hashlib.sha256(' '.join(words).encode()).hexdigest()[:10]}.tar"
    if not tar.exists():
        unfinished = tar.with_suffix(".unfinished.tar")
        _run(*words, "bookworm", str(unfinished))
        unfinished.rename(tar)
    return tar


def _mmdebstrap() -> Iterator[str]:
    yield from ("mmdebstrap", "--quiet", "--variant=essential", f"--include={_PACKAGES}", "--skip=output/dev")
    yield from (f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in _LEFT_OUT)
    yield '--customize-hook=rm -rf "$1"/usr/lib/python3*/EXTERNALLY-MANAGED "$1"/etc/resolv.conf "$1"/etc/hostname'
    if trusted := os.environ.get(_CERTIFICATES):
        yield f'--customize-hook=cp "{trusted}" "$1"/etc/ssl/certs/ca-certificates.crt'


def _index() -> dict[str, str]:
    """Where packages come from on this machine."""
    return {name: os.environ[name] for name in (*_INDEX, _CERTIFICATES) if name in os.environ}


def _run(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.stdout.strip() if not done.returncode else sys.exit(f"{' '.join(words)}\n{done.stderr}")
