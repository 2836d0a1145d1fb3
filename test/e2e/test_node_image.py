"""The image of a TypeScript service: compiled here, tested here, carried by an image that answers HTTP."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from support.cli import PROJECTS, Result, bigflow
from support.engines import BASE, docker
from support.needs import missing

from bigflow.artifacts import read_manifest

NODE = "bigflow-test/node:20"
LIBRARIES = ("libstdc++.so.6", "libgcc_s.so.1")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An image with this machine's Node."""
    program = docker()
    node = shutil.which("node")
    if node is None:
        missing("node", "it is not installed")
    folder = tmp_path_factory.mktemp("node-base")
    shutil.copyfile(os.path.realpath(node), folder / "node")
    (folder / "node").chmod(0o755)
    linked = subprocess.run(["ldd", node], capture_output=True, text=True, check=True).stdout
    for name in LIBRARIES:
        found = re.search(rf"{re.escape(name)} => (\S+)", linked)
        assert found is not None
        shutil.copyfile(found[1], folder / name)
    (folder / "Dockerfile").write_text(
        f"FROM {BASE}\nCOPY node /usr/bin/\nCOPY {' '.join(LIBRARIES)} /usr/local/lib/\nRUN ldconfig\n"
    )
    subprocess.run([program, "build", "--quiet", "--tag", NODE, str(folder)], check=True, capture_output=True)
    return NODE


@pytest.fixture
def service(base: str, tmp_path: Path) -> Path:
    root = tmp_path / "quote-service"
    shutil.copytree(PROJECTS / "quote_service", root)
    return root


def build(root: Path, *words: str) -> Result:
    env = {"XDG_CACHE_HOME": str(root.parent / "cache")}
    return bigflow("build", "--build-arg", f"BASE={NODE}", *words, cwd=root, env=env, timeout=400)


def containers() -> set[str]:
    listed = subprocess.run([docker(), "ps", "--all", "--format", "{{.Names}}"], capture_output=True, text=True)
    return {name for name in listed.stdout.split() if name.startswith("bigflow-check")}


def test_the_image_answers_with_what_was_compiled_here(service: Path) -> None:
    done = build(service)
    assert done.code == 0, done.err
    assert "image answers /quote with 200" in done.err
    manifest = read_manifest(str(service / "build/manifest.json"))
    assert manifest is not None
    artifacts = {one.kind: one for one in manifest.artifacts}
    assert sorted(artifacts) == ["archive", "image", "sbom"]
    digest = json.loads((service / ".image/index.json").read_text())["manifests"][0]["digest"]
    assert f"sha256:{artifacts['image'].sha256}" == digest
    tags = subprocess.run(
        [docker(), "image", "ls", "--format", "{{.Tag}} {{.ID}}", "quote-service"], capture_output=True
    )
    found = dict(line.split() for line in tags.stdout.decode().splitlines())
    assert found["1.4.0"] == found["latest"]
    assert containers() == set()


def test_an_image_that_does_not_answer_fails_and_leaves_no_container(service: Path) -> None:
    path = service / "package.json"
    document = json.loads(path.read_text())
    document["bigflow"]["build"]["smoke"] = "http://localhost:8080/quote?price=no"
    document["bigflow"]["build"]["timeouts"] = {"image_check": 5}
    path.write_text(json.dumps(document))
    done = build(service, "--skip", "tests", "--skip", "types")
    assert done.code == 1
    assert (
        "FAIL image_check    the image does not answer at http://localhost:8080/quote?price=no: it answers 400"
        in done.err
    )
    assert "listening on 8080" in done.err
    assert containers() == set()


def test_an_image_that_ends_at_once_is_told_with_its_words(service: Path) -> None:
    with (service / "Dockerfile").open("a") as file:
        file.write('CMD ["node", "-e", "console.log(\'no port for me\'); process.exit(3)"]\n')
    done = build(service, "--skip", "tests", "--skip", "types")
    assert done.code == 1
    assert "it ended with code 3" in done.err
    assert "no port for me" in done.err
    assert containers() == set()


def test_an_image_that_cannot_be_started_leaves_no_container(service: Path) -> None:
    with (service / "Dockerfile").open("a") as file:
        file.write('CMD ["no-such-program"]\n')
    done = build(service, "--skip", "tests", "--skip", "types")
    assert done.code == 1
    assert "no-such-program" in done.err
    assert containers() == set()
