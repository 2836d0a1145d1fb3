"""Images built without an engine: they start everywhere, are the same every time, and survive what may happen."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from support.bases import base_layout, like_debian
from support.cli import CHECKOUT, bigflow, clean_environment
from support.debian_base import PYTHON, debian_base
from support.image_shop import PYTHON as OURS
from support.image_shop import built, digest, faults, images, opened, write_image_shop
from support.needs import missing
from support.registry import RunningRegistry, registry
from support.shop import FILES, shop, surroundings

from bigflow.containers.descriptor import Platform
from bigflow.containers.layer import Entry
from bigflow.containers.reference import parse
from bigflow.containers.registry import Registries, push

ONE_BUILD = """
import shutil, sys, time
from pathlib import Path
from support.image_shop import built, digest, opened
work = Path(sys.argv[1], ".bigflow", "work")
while work.exists():  # programs of a build that was killed come to their end in there
    shutil.rmtree(work, ignore_errors=True)
    time.sleep(0.1)
print(digest(built(opened(Path(sys.argv[1])))))
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    with registry(tmp_path_factory.mktemp("registry")) as running:
        layout, image = debian_base()
        push(image.descriptor, layout.store, Registries().writable(parse(f"{running.host}/python:{PYTHON}")))
        yield running


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Of a user whose cache is warm after the first build."""
    return surroundings(tmp_path_factory.mktemp("home"))


@pytest.fixture
def project(running: RunningRegistry, tmp_path: Path) -> Path:
    settings = f'python = "{PYTHON}"\nimage.base = "{running.host}/python:{PYTHON}"\n'
    text = FILES["pyproject.toml"].replace("\n[tool.bigflow.build]\n", f"{settings}\n[tool.bigflow.build]\n")
    return shop(tmp_path / "shop", **{"pyproject.toml": text})


def manifest(project: Path) -> dict[str, object]:
    read = json.loads((project / "build" / "manifest.json").read_text())
    (found,) = [one for one in read["artifacts"] if one["kind"] == "image"]
    assert isinstance(found, dict)
    return found


def build(project: Path, home: Mapping[str, str], *words: str) -> str:
    done = bigflow("build", *words, cwd=project, env=home, timeout=300)
    assert done.code == 0, done.out + done.err
    return done.err + done.out


def test_from_sources_to_an_image_that_ran(project: Path, home: dict[str, str], running: RunningRegistry) -> None:
    told = build(project, home)
    assert "image sha256:" in told and "linux/amd64" in told
    assert "image starts, its workflows are found" in told
    first = manifest(project)
    asked = len(running.log.read_text().splitlines())
    assert "unchanged" in build(project, home)
    (project / "shop" / "__init__.py").write_text('"""Another line."""\n')
    build(project, home)
    assert len(running.log.read_text().splitlines()) == asked, "no registry is asked for what it said today"
    second = manifest(project)
    assert second["sha256"] != first["sha256"]
    layers = [{key: value for key, value in one["details"].items() if " layer " in key} for one in (first, second)]  # type: ignore[attr-defined]
    assert [key for key in layers[0] if layers[0][key] != layers[1][key]] == ["linux/amd64 layer 3"]


def test_a_job_that_the_project_names_is_run_in_it(project: Path, home: dict[str, str]) -> None:
    path = project / "pyproject.toml"
    path.write_text(path.read_text() + 'smoke = "daily.count"\n')
    assert "image ran daily.count" in build(project, home)
    workflow = project / "shop" / "workflow.py"
    workflow.write_text(workflow.read_text().replace("return 1", "open('/etc/passwd', 'a')"))
    done = bigflow("build", cwd=project, env=home, timeout=300)
    assert done.code == 1 and "PermissionError" in done.err and "the image does not run" in done.err


def test_a_secret_in_the_sources_stops_the_build(project: Path, home: dict[str, str]) -> None:
    (project / "shop" / "login.py").write_text('PASSWORD = "correct-horse"\n')
    (project / ".env.dev").write_text("bf_password=correct-horse\n")
    done = bigflow("build", cwd=project, env=home, timeout=300)
    assert done.code == 1 and "shop/login.py has the value of bf_password of .env.dev" in done.err
    assert "correct-horse" not in done.err + done.out


def test_engines_and_skopeo_take_it(
    project: Path, home: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(project, home, "--export-image-tar")
    (archive,) = (project / ".image").glob("image-*.tar")
    settings = tmp_path / "containers.conf"  # Debian's crun, and its limits, do not work on every kernel
    settings.write_text('[engine]\nruntime = "runc"\n[containers]\ndefault_ulimits = []\n')
    monkeypatch.setenv("CONTAINERS_CONF", str(settings))
    words = ("python", "-m", "bigflow", "run", "-j", "daily.count", "--project-package", "shop")
    for program in ("docker", "podman"):
        if not shutil.which(program):
            missing(program, "it is not installed")
        if subprocess.run([program, "info"], capture_output=True).returncode:
            missing(program, "no engine answers")
        loaded = subprocess.run([program, "load", "-i", str(archive)], capture_output=True, text=True, check=True)
        name = loaded.stdout.strip().rpartition(": ")[2]
        try:
            run = [program, "run", "--rm", "--network", "none", name]
            done = subprocess.run([*run, *words], capture_output=True, text=True)
            assert done.returncode == 0 and "daily" in done.stdout + done.stderr, (program, done)
            me = subprocess.run([*run, "sh", "-c", "id -u; touch here ~/there"], capture_output=True, text=True)
            assert (me.stdout.strip(), me.stderr) == ("10001", "")
        finally:
            subprocess.run([program, "rmi", "-f", name], capture_output=True)
    if not shutil.which("skopeo"):
        missing("skopeo", "it is not installed")
    copied = ["skopeo", "copy", "-q", f"oci:{project}/.image", f"dir:{tmp_path}/copied"]
    subprocess.run(copied, check=True, capture_output=True)


def in_a_process(root: Path, env: Mapping[str, str | None] | None = None, umask: int = 0o022) -> str:
    """The digest of the image that a process of its own builds."""
    changed = {name: value for name, value in (env or {}).items() if value is not None}
    command = [sys.executable, "-c", ONE_BUILD, str(root)]
    done = subprocess.run(
        command, env=child_environment(changed), umask=umask, cwd="/", capture_output=True, text=True, timeout=200
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()[-1]


def child_environment(changed: Mapping[str, str]) -> dict[str, str]:
    paths = f"{CHECKOUT}{os.pathsep}{CHECKOUT / 'test'}"
    return clean_environment({**surroundings(Path.home()), "PYTHONPATH": paths, **changed})


@pytest.mark.parametrize("platforms", [("amd64",), ("amd64", "arm64")], ids=" and ".join)
def test_another_place_another_day_another_user(platforms: tuple[str, ...], tmp_path: Path) -> None:
    more = f"image.platforms = {[f'linux/{name}' for name in platforms]!r}\n".replace("'", '"')
    made = []
    for place in ("first", "a second place/größer"):
        folder = tmp_path / place
        folder.mkdir(parents=True)
        base_layout(folder / "base", like_debian(OURS), platforms=tuple(Platform("linux", name) for name in platforms))
        made.append(write_image_shop(folder / "shop", {"resources/requirements.txt": "six==1.17.0\n"}, more))
    for path in made[1].rglob("*"):
        os.utime(path, (time.time() - 40_000_000,) * 2)
    elsewhere = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "LANG": "tr_TR.UTF-8", "PYTHONHASHSEED": "7", "USER": "x"}
    assert in_a_process(made[0]) == in_a_process(made[1], elsewhere, umask=0o077)


def test_killed_at_any_moment_the_next_build_is_right(tmp_path: Path) -> None:
    base_layout(tmp_path / "base", (*like_debian(OURS), Entry("srv/large", content=os.urandom(20_000_000))))
    root = write_image_shop(tmp_path / "shop", {"resources/requirements.txt": "six==1.17.0\n"})
    began = time.monotonic()
    right = in_a_process(root)
    whole = time.monotonic() - began
    for share in (0.15, 0.3, 0.45, 0.6, 0.7, 0.8, 0.9, 0.97):
        shutil.rmtree(tmp_path / "cache" / "blobs")
        (root / "shop" / "jobs" / "load.py").write_text(f"LIMIT = {share}\n")
        _killed_after(root, whole * share)
        assert not (root / ".image").exists() or faults(opened(root)) == ()
        (root / "shop" / "jobs" / "load.py").write_text("LIMIT = 3\n")
        assert in_a_process(root) == right, f"after a kill at {share}"


def _killed_after(root: Path, seconds: float) -> None:
    command = [sys.executable, "-c", ONE_BUILD, str(root)]
    with subprocess.Popen(
        command,
        env=child_environment({}),
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_a_full_disk_leaves_the_former_image_whole(tmp_path: Path) -> None:
    base_layout(tmp_path / "base", like_debian(OURS))
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(place)], capture_output=True)
    if mounted.returncode:
        missing("a small disk", "only root can mount one")
    try:
        root = write_image_shop(place / "shop")
        (place / "base").symlink_to(tmp_path / "base")
        (place / "cache").symlink_to(tmp_path / "cache")
        (tmp_path / "cache").mkdir()
        first = digest(built(opened(root)))
        (before,) = images(opened(root))
        base_layout(tmp_path / "base", (*like_debian(OURS), Entry("srv/large", content=os.urandom(20_000_000))))
        with pytest.raises(AssertionError, match=r"No space left on device.*MB are left"):
            built(opened(root))
        assert faults(opened(root)) == () and images(opened(root)) == (before,)
        base_layout(tmp_path / "base", like_debian(OURS))
        assert digest(built(opened(root))) == first
    finally:
        subprocess.run(["umount", str(place)], check=True)
