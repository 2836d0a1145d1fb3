"""A Dockerfile of one's own, built by real engines: docker with both of its builders, and podman."""

import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.engines import BASE, docker, older_docker, podman
from support.own_dockerfile import DOCKERFILE, build, image_digest, write_project

from bigflow.builder.image.context import read_context
from bigflow.containers.blobs import FirstOf
from bigflow.containers.descriptor import LINUX_AMD64
from bigflow.containers.image import Image
from bigflow.containers.inflating import inflated
from bigflow.containers.layout import Layout
from bigflow.containers.store import Store
from bigflow.containers.validate import problems

ENGINES = ("classic", "buildkit", "podman")


@dataclass(frozen=True, slots=True)
class Real:
    """A real engine: what a project says to get it, and the variables with which it works here."""

    builder: str
    variables: Mapping[str, str]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Real:
    return real(request.param, tmp_path)


def real(kind: str, folder: Path) -> Real:
    if kind == "podman":
        return Real("podman", podman(folder))
    program = docker() if kind == "classic" else older_docker()
    return Real("docker", {"PATH": f"{os.path.dirname(program)}:{os.environ['PATH']}"})


@pytest.fixture(autouse=True)
def only_what_was_there(tmp_path: Path) -> Iterator[None]:
    yield
    for program in ("docker", "podman"):
        if shutil.which(program):
            subprocess.run([program, "image", "rm", "--force", "shop:1.0.0"], capture_output=True)


def image_of(root: Path) -> Image:
    return Layout(str(root / ".image")).image(LINUX_AMD64)


def names_in(root: Path, image: Image, last: int) -> set[str]:
    """What the last layers have, by name."""
    names: set[str] = set()
    for number, layer in enumerate(image.layers[-last:]):
        path = root.parent / f"layer-{number}.tar"
        path.write_bytes(b"".join(inflated(layer, Layout(str(root / ".image")).store)))
        with tarfile.open(path) as archive:
            names |= {name.removeprefix("./") for name in archive.getnames()}
    return names


def test_an_unchanged_dockerfile_of_1_11(tmp_path: Path, engine: Real) -> None:
    """Built, in the layout, skipped when nothing changed; after a change only new layers move."""
    root = write_project(tmp_path / "shop", builder=engine.builder)
    first = build(root, env=engine.variables)
    assert first.code == 0, first.err
    layout = Layout(str(root / ".image"))
    assert layout.root().digest == image_digest(root)
    assert problems(layout.root(), layout.store) == ()
    image = image_of(root)
    assert dict(image.settings.labels)["org.opencontainers.image.version"] == "1.0.0"
    names = names_in(root, image, 4)
    assert {"app/dist/shop-1.0.0-py3-none-any.whl", "usr/bin/python"} <= names
    assert any(name.endswith("/shop/resources/orders.csv") for name in names)
    assert any(name.endswith("/bigflow/cli/main.py") for name in names), "the runtime is in it"
    if shutil.which("skopeo"):
        seen = subprocess.run(["skopeo", "inspect", f"oci:{layout.folder}"], capture_output=True, text=True)
        assert image.digest in seen.stdout, seen.stderr

    assert "unchanged since build 1" in build(root, env=engine.variables).err
    (root / "shop/workflow.py").write_text((root / "shop/workflow.py").read_text() + "\nCHANGED = True\n")
    changed = build(root, env=engine.variables)
    assert changed.code == 0, changed.err
    assert image_of(root).layers[0] == image.layers[0], "the base is not compressed anew"
    assert image_of(root).digest != image.digest


@pytest.mark.parametrize(
    ("dockerfile", "code", "expected"),
    [
        (f"FROM {BASE}\nRUNN x\n", 1, ("at: Dockerfile", "RUNN")),
        (f"FROM {BASE}\nRUN echo one; echo two; exit 7\n", 1, ("ended with exit code 7", "two")),
        ("FROM nowhere.invalid/x:1\n", 4, ("the image nowhere.invalid/x:1 cannot be had",)),
        (f"FROM {BASE}\nCOPY nothing /\n", 1, ("nothing",)),
    ],
)
def test_a_dockerfile_that_cannot_be_built(
    tmp_path: Path, engine: Real, dockerfile: str, code: int, expected: tuple[str, ...]
) -> None:
    root = write_project(tmp_path / "shop", {"Dockerfile": dockerfile}, builder=engine.builder)
    listed = ["docker", "ps", "--all", "--quiet"] if engine.builder == "docker" else ["true"]
    before = set(subprocess.run(listed, capture_output=True, text=True).stdout.split())
    failed = build(root, env=engine.variables)
    assert failed.code == code, failed.err
    for text in expected:
        assert text in failed.err
    left = set(subprocess.run(listed, capture_output=True, text=True).stdout.split())
    assert left <= before, "the container of the line that failed"
    assert not (root / ".image").exists()


def test_arguments_and_secrets(tmp_path: Path, engine: Real) -> None:
    secret = "correct-horse-battery"
    lines = "ARG WHO\nRUN echo $WHO > /who\n"
    mounted = "RUN --mount=type=secret,id=token test -s /run/secrets/token && wc -c < /run/secrets/token > /size\n"
    root = write_project(tmp_path / "shop", {"Dockerfile": DOCKERFILE + lines + mounted}, builder=engine.builder)
    (tmp_path / "token").write_text(secret)
    words = ("--build-arg", "WHO=anna", "--build-secret", f"token={tmp_path / 'token'}")
    built = build(root, *words, env={**engine.variables, "DOCKER_BUILDKIT": ""})
    if engine.builder == "docker" and "PATH" in engine.variables and "/usr/local" in engine.variables["PATH"][:12]:
        assert built.code == 2, built.err
        assert "would leave the secret 'token' in a layer" in built.err
        return
    assert built.code == 0, built.err
    image = image_of(root)
    assert {"who", "size"} <= names_in(root, image, 3)
    store = Layout(str(root / ".image")).store
    for layer in image.layers[1:]:
        assert secret.encode() not in b"".join(inflated(layer, FirstOf(store)))
    assert secret.encode() not in image.configuration


def test_the_context_is_what_docker_would_send(tmp_path: Path) -> None:
    """The same rules on the same files, once read by us and once by docker itself."""
    program = docker()
    ignore = "# comment\n*.md\n!README.md\n**/tmp\n/data/*\n!data/keep\na?c\n[x-z]*\n!yes\ndeep/**/z.txt\n"
    paths = (
        *("README.md", "x.md", "deep/x.md", "tmp/a", "deep/tmp/b", "deep/tmpfile", "data/drop/1", "data/keep/2"),
        *("abc", "ac", "deep/abc", "x1", "yes", "zed/1", "deep/z.txt", "deep/er/z.txt", "deep/er/y.txt", "#x", "a b"),
    )
    root = write_project(tmp_path / "shop", {**dict.fromkeys(paths, "x"), ".dockerignore": ignore})
    (root / "Dockerfile").write_text("FROM scratch\nCOPY . /context/\n")
    subprocess.run([program, "build", "--tag", "bigflow-test/context", str(root)], check=True, capture_output=True)
    made = subprocess.run(
        [program, "create", "bigflow-test/context", "x"], check=True, capture_output=True, text=True
    ).stdout.strip()
    try:
        archive = tmp_path / "context.tar"
        subprocess.run([program, "cp", f"{made}:/context", str(tmp_path / "sent")], check=True, capture_output=True)
    finally:
        subprocess.run([program, "rm", made], capture_output=True)
        subprocess.run([program, "image", "rm", "bigflow-test/context"], capture_output=True)
    assert not archive.exists()
    sent = tmp_path / "sent"
    theirs = sorted(str(path.relative_to(sent)) for path in sent.rglob("*") if path.is_file())
    assert list(read_context(str(root)).files) == theirs


def test_no_engine(tmp_path: Path) -> None:
    root = write_project(tmp_path / "shop", builder="auto")
    without = tmp_path / "bin"
    without.mkdir()
    for name in ("git", "sh"):
        (without / name).symlink_to(shutil.which(name) or "/bin/sh")
    failed = build(root, env={"PATH": str(without)})
    assert failed.code == 4, failed.err
    for way_out in ("docker is not installed; podman is not installed", "# bigflow: standard", "install"):
        assert way_out in failed.err


def test_an_engine_out_of_reach_of_our_loopback(tmp_path: Path) -> None:
    """Its push finds nobody, as from a virtual machine; the image comes as an archive."""
    real_docker = docker()
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    wrapper = bin_folder / "docker"
    wrapper.write_text(f'#!/bin/sh\n[ "$1" = push ] && {{ echo refused; exit 1; }}\nexec {real_docker} "$@"\n')
    wrapper.chmod(0o755)
    root = write_project(tmp_path / "shop")
    built = build(root, env={"PATH": f"{bin_folder}:{os.environ['PATH']}"})
    assert built.code == 0, built.err
    layout = Layout(str(root / ".image"))
    assert problems(layout.root(), layout.store) == ()
    assert list(Path(Store(str(tmp_path / "cache/bigflow-framework/blobs")).folder).glob("tmp*")) == []
