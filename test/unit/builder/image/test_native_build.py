import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support import damage
from support.bases import base_layout, base_of, glibc, like_debian, program
from support.building import COMMIT_TIME, perform
from support.image_shop import PYTHON, build, built, digest, entries, faults, images, opened, write_image_shop
from support.package_index import Index, served, settle

from bigflow.builder.step import Declared, Done, NotNeeded, Project, StepFailed, Wishes
from bigflow.builder.steps import image as step
from bigflow.builder.steps import image_archive as archive
from bigflow.builder.steps import image_dependencies as ahead
from bigflow.containers.descriptor import Platform
from bigflow.containers.docker_tar import write_tar
from bigflow.containers.image import Layer
from bigflow.containers.layer import Entry
from bigflow.containers.layout import Layout
from bigflow.containers.reference import parse
from bigflow.containers.store import Store
from bigflow.errors import OutsideError, UsageError

SITE = f"opt/venv/lib/python{PYTHON}/site-packages"
ARM = Platform("linux", "arm64")
AMD = Platform("linux", "amd64")


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with served() as index:
        folder = tmp_path_factory.mktemp("surroundings")
        settle(monkeypatch, index.url, folder)
        yield index


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The environment that wheels are built in, made once: it takes the network and a second."""
    root = write_image_shop(tmp_path_factory.mktemp("first") / "shop")
    base_layout(root.parent / "base", like_debian(PYTHON))
    built(opened(root))
    return root.parent / "cache" / "build-envs"


@pytest.fixture
def shop(tmp_path: Path, cache: Path) -> Project:
    base_layout(tmp_path / "base", like_debian(PYTHON))
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "build-envs").symlink_to(cache)
    return opened(write_image_shop(tmp_path / "shop"))


def lock(shop: Project, *lines: str) -> None:
    Path(shop.root, "resources", "requirements.txt").write_text("".join(f"{line}\n" for line in lines))


def locked(index: Index, name: str, version: str) -> str:
    return f"{name}=={version} --hash=sha256:{index.sha256(name, version)}"


def details(done: Done) -> dict[str, str]:
    (artifact,) = done.artifacts
    return dict(artifact.details)


def notes(done: Done) -> list[str]:
    """How the layers were made, from the lowest."""
    return [" ".join(value.split(" ")[2:]) for name, value in details(done).items() if " layer " in name]


def edit(shop: Project, text: str = "LIMIT = 4\n") -> None:
    Path(shop.root, "shop", "jobs", "load.py").write_text(text)


def test_the_image_is_base_framework_and_project(shop: Project) -> None:
    done = built(shop)
    (image,) = images(shop)
    assert notes(done) == ["base", "bigflow 0.1.0", "shop 1.2.0"]
    settings = image.settings
    assert (settings.user, settings.workdir, settings.entrypoint) == ("10001:10001", "/app", ())
    env = dict(settings.env)
    assert env["PATH"].startswith("/opt/venv/bin:/usr/local/sbin:")
    assert (env["HOME"], env["PYTHONUNBUFFERED"], env["PYTHONDONTWRITEBYTECODE"]) == ("/home/bigflow", "1", "1")
    found = entries(image, shop)
    assert found["opt/venv/bin/python"].target == f"/usr/bin/python{PYTHON}"
    assert found["opt/venv/bin/bigflow"].executable
    assert f"{SITE}/shop/resources/deep/er/orders.csv" in found
    assert f"{SITE}/shop/__pycache__/workflow.cpython-{PYTHON.replace('.', '')}.pyc" in found
    assert b"bigflow:x:10001" in (found["etc/passwd"].content or b"")


def test_the_labels_lead_back_to_the_sources(shop: Project) -> None:
    done = built(shop)
    (image,) = images(shop)
    assert dict(image.settings.labels) == {
        "org.opencontainers.image.title": "shop",
        "org.opencontainers.image.version": "1.2.0",
        "org.opencontainers.image.revision": shop.commit,
        "org.opencontainers.image.base.digest": details(done)["base_digest"],
    }
    assert json.loads(image.configuration)["created"].startswith("2023-11-14T")


def test_the_artifact_and_the_layout(shop: Project) -> None:
    done = built(replace(shop, version="1.2.0+local"))
    (artifact,) = done.artifacts
    root = Layout(os.path.join(shop.root, ".image")).root("1.2.0-local")
    assert (artifact.kind, artifact.path, artifact.sha256) == ("image", ".image", root.digest.partition(":")[2])
    assert artifact.size == images(shop)[0].size
    assert details(done)["platforms"] == "linux/amd64" and details(done)["sbom"] == "build/sbom.cdx.json"
    assert not Path(shop.root, ".image", "image-1.2.0-local.tar").exists()


def test_nothing_changed_is_the_same_image(shop: Project) -> None:
    first = built(shop)
    assert digest(built(shop)) == digest(first)


def test_one_line_changed_is_one_layer_changed(shop: Project, index: Index) -> None:
    index.add("alpha", "1.0")
    lock(shop, locked(index, "alpha", "1.0"))
    built(shop)
    (before,) = images(shop)
    index.mood = "broken"
    edit(shop)
    built(shop)
    (after,) = images(shop)
    same = [one.blob.digest == other.blob.digest for one, other in zip(before.layers, after.layers, strict=True)]
    assert same == [True, True, True, False]


def test_what_is_locked_is_installed(shop: Project, index: Index) -> None:
    index.add("alpha", "1.0", "beta>=1")
    index.add("beta", "1.5", module="VALUE = 5\n")
    lock(shop, "# a comment", locked(index, "alpha", "1.0"), locked(index, "beta", "1.5"), "bigflow==1.0")
    done = built(shop)
    assert notes(done)[1] == "dependencies"
    found = entries(images(shop)[0], shop)
    assert found[f"{SITE}/beta/__init__.py"].content == b"VALUE = 5\n"
    assert found[f"{SITE}/alpha/__pycache__/__init__.cpython-{PYTHON.replace('.', '')}.pyc"].content


def test_comments_and_commits_have_no_say_in_the_dependencies(shop: Project, index: Index) -> None:
    index.add("alpha", "1.0")
    lock(shop, locked(index, "alpha", "1.0"))
    built(shop)
    index.mood = "broken"
    lock(shop, "# made on another day", locked(index, "alpha", "1.0"), "    # via shop")
    later = replace(shop, commit_time=COMMIT_TIME + 99, commit="ab" * 20, version="1.3.0")
    before = images(shop)[0]
    built(later)
    assert images(shop)[0].layers[:3] == before.layers[:3]


def test_dependencies_made_again_for_a_later_commit_are_the_same(shop: Project, index: Index) -> None:
    index.add("alpha", "1.0")
    lock(shop, locked(index, "alpha", "1.0"))
    built(shop)
    before = images(shop)[0]
    shutil.rmtree(Path(shop.cache, "blobs"))
    built(replace(shop, commit_time=COMMIT_TIME + 99, commit="ab" * 20, version="1.3.0"))
    after = images(shop)[0]
    assert after.layers[:3] == before.layers[:3] and after.layers[3] != before.layers[3]


def test_another_version_in_the_lock_is_another_layer(shop: Project, index: Index) -> None:
    for version in ("1.0", "2.0"):
        index.add("alpha", version)
    lock(shop, locked(index, "alpha", "1.0"))
    first = digest(built(shop))
    lock(shop, locked(index, "alpha", "2.0"))
    assert digest(built(shop)) != first
    assert f"{SITE}/alpha-2.0.dist-info/METADATA" in entries(images(shop)[0], shop)


def test_another_file_than_the_locked_one_is_refused(shop: Project, index: Index) -> None:
    index.add("alpha", "1.0")
    lock(shop, f"alpha==1.0 --hash=sha256:{'ab' * 32}")
    error = build(shop).error
    assert isinstance(error, StepFailed) and "not the one that the lock names" in error.message


def test_a_package_without_a_wheel_for_the_platform_is_named(shop: Project, index: Index) -> None:
    index.add("alpha", "1.0")
    content = index.files.pop("alpha-1.0-py3-none-any.whl")
    index.files["alpha-1.0-cp39-cp39-win_amd64.whl"] = content
    lock(shop, "alpha==1.0")
    arm = replace(shop, spec=shop.spec._replace(image=shop.spec.image._replace(platforms=("linux/arm64",))))
    base_layout(Path(shop.root).parent / "base", like_debian(PYTHON), platforms=(ARM,))
    error = build(arm).error
    assert isinstance(error, StepFailed)
    assert "alpha" in error.message and f"Python {PYTHON} on linux/arm64 with glibc 2.36" in error.message


def test_wheels_for_glibc_on_a_musl_base_are_refused_clearly(shop: Project, index: Index) -> None:
    musl = (program(f"usr/bin/python{PYTHON}"), Entry("lib/ld-musl-x86_64.so.1", content=b"musl"))
    base_layout(Path(shop.root).parent / "base", musl, platforms=(ARM,))
    index.add("alpha", "1.0")
    content = index.files.pop("alpha-1.0-py3-none-any.whl")
    index.files["alpha-1.0-py3-none-manylinux_2_17_aarch64.whl"] = content
    lock(shop, "alpha==1.0")
    arm = replace(shop, spec=shop.spec._replace(image=shop.spec.image._replace(platforms=("linux/arm64",))))
    error = build(arm).error
    assert isinstance(error, StepFailed) and "with musl" in error.message and "glibc" in error.hint
    del index.files["alpha-1.0-py3-none-manylinux_2_17_aarch64.whl"]
    index.files["alpha-1.0-py3-none-musllinux_1_1_aarch64.whl"] = content
    shutil.rmtree(os.environ["UV_CACHE_DIR"])
    built(arm)


def test_several_platforms_are_one_index(shop: Project) -> None:
    base_layout(Path(shop.root).parent / "base", like_debian(PYTHON), platforms=(ARM, AMD))
    for platforms in (("linux/arm64", "linux/amd64"), ("linux/amd64", "linux/arm64", "linux/amd64")):
        both = replace(shop, spec=shop.spec._replace(image=shop.spec.image._replace(platforms=platforms)))
        done = built(both)
        assert [image.platform for image in images(shop)] == [AMD, ARM]
        root = Layout(os.path.join(shop.root, ".image")).root()
        assert root.is_index and root.digest.endswith(digest(done))
        assert details(done)["platforms"] == "linux/amd64, linux/arm64"


def test_a_platform_that_the_base_lacks(shop: Project) -> None:
    arm = replace(shop, spec=shop.spec._replace(image=shop.spec.image._replace(platforms=("linux/arm64",))))
    error = build(arm).error
    assert isinstance(error, UsageError) and "there is no image for linux/arm64" in error.message


@pytest.mark.parametrize("layer", [(glibc(),), (program("usr/bin/python2.7"),)])
def test_a_base_without_python(shop: Project, layer: tuple[Entry, ...]) -> None:
    base_layout(Path(shop.root).parent / "base", layer)
    error = build(shop).error
    assert isinstance(error, UsageError) and "has no Python" in error.message and "slim" in error.hint


@pytest.mark.parametrize("name", ["oci-layout:../nowhere", "../nowhere.tar", "oci-layout:shop", "oci-layout:../base:x"])
def test_a_base_that_is_not_there(shop: Project, name: str) -> None:
    other = replace(shop, spec=shop.spec._replace(image=shop.spec.image._replace(base=name)))
    error = build(other).error
    assert isinstance(error, UsageError), error


def test_a_base_from_an_archive_is_read_again_when_it_changes(shop: Project, tmp_path: Path) -> None:
    store = Store(str(tmp_path / "elsewhere"))
    path = str(tmp_path / "base.tar")
    other = replace(shop, spec=shop.spec._replace(image=shop.spec.image._replace(base="../base.tar")))
    digests = []
    for libc in ("2.36", "2.40"):
        write_tar(base_of(store, like_debian(PYTHON, libc)), store, path, parse("base:1"))
        declared = step.declare(other, Wishes())
        assert isinstance(declared, Declared)
        digests.append((declared.values, digest(built(other))))
    assert digests[0] != digests[1]
    shutil.rmtree(tmp_path / "elsewhere")
    assert digest(built(other)) == digests[1][1]


def test_no_network_and_no_base(shop: Project) -> None:
    other = replace(shop, spec=shop.spec._replace(image=shop.spec.image._replace(base="127.0.0.1:1/base:1")))
    error = build(other, Wishes(offline=True)).error
    assert isinstance(error, OutsideError) and "may not use the network" in error.message


def test_without_wheels_it_says_so(shop: Project) -> None:
    error = perform(step, shop).error
    assert isinstance(error, UsageError) and "there is no dist/" in error.message


def test_the_archive_on_request_and_for_1_11(shop: Project) -> None:
    path = Path(shop.root, ".image", "image-1.2.0.tar")
    wanted = Wishes(export_image_tar=True)
    of_1_11 = replace(shop, spec=shop.spec._replace(edition="1.11"))
    assert archive.declare(shop, Wishes()) == NotNeeded("no archive is asked for", quiet=True)
    assert archive.declare(of_1_11, Wishes(export_image_tar=False)) == NotNeeded("no archive is asked for", quiet=True)
    assert step.declare(shop, wanted) != step.declare(shop, Wishes()), "the artifact tells of it"
    assert details(built(shop, wanted))["tar"] == ".image/image-1.2.0.tar"
    tried = perform(archive, shop, wishes=wanted)
    assert tried.done is not None and tried.done.summary.startswith("image-1.2.0.tar (")
    with tarfile.open(path) as tar:
        file = tar.extractfile("manifest.json")
        assert file is not None
        assert json.loads(file.read())[0]["RepoTags"] == ["docker.io/library/shop:1.2.0"]
    built(replace(shop, version="1.3.0"), wanted)
    assert not path.exists()
    built(of_1_11)
    assert not path.exists()
    perform(archive, of_1_11)
    assert path.exists()
    built(shop)
    assert not list(path.parent.glob("*.tar"))


def test_blobs_of_former_images_go(shop: Project) -> None:
    built(shop)
    edit(shop)
    built(shop)
    folder = Path(shop.root, ".image", "blobs", "sha256")
    assert len(list(folder.iterdir())) == 3 + 2


def test_a_damaged_cache_is_made_anew(shop: Project) -> None:
    first = digest(built(shop))
    for path in Path(shop.cache, "blobs").rglob("*.json"):
        path.write_text("{")
    shutil.rmtree(Path(shop.root, ".image"))
    assert digest(built(shop)) == first
    for path in Path(shop.cache, "blobs", "blobs", "sha256").iterdir():
        path.unlink()
    shutil.rmtree(Path(shop.root, ".image"))
    assert digest(built(shop)) == first


@pytest.mark.parametrize(
    ("where", "how"),
    [
        ("the cache", "truncated"),
        ("the cache", "a bit flipped"),
        ("the cache", "a folder in its place"),
        ("the layout", "empty"),
        ("the layout", "a folder in its place"),
        ("both", "a bit flipped"),
        ("both", "longer"),
    ],
)
def test_damaged_blobs_are_noticed_and_made_or_had_again(shop: Project, where: str, how: str) -> None:
    first = digest(built(shop))
    cache, layout = Path(shop.cache, "blobs", "blobs", "sha256"), Path(shop.root, ".image", "blobs", "sha256")
    for folder in (cache,) * (where != "the layout") + (layout,) * (where != "the cache"):
        for path in sorted(folder.iterdir()):
            damage.damage(path, how)
    assert digest(built(shop)) == first


def test_a_blob_that_is_gone_from_the_layout_comes_back(shop: Project) -> None:
    built(shop)
    for path in Path(shop.root, ".image", "blobs", "sha256").iterdir():
        path.unlink()
        built(shop)
        assert faults(shop) == ()


def test_no_path_of_this_machine_is_in_it(shop: Project, index: Index, tmp_path: Path) -> None:
    index.add("alpha", "1.0")
    lock(shop, locked(index, "alpha", "1.0"))
    built(shop)
    (image,) = images(shop)
    texts = b"".join(entry.content or b"" for entry in entries(image, shop).values()) + image.configuration
    for path in (str(tmp_path), shop.cache, os.path.dirname(shop.python.path), index.url):
        assert path.encode() not in texts


def test_without_a_python_of_its_kind_bytecode_is_left_out_aloud(shop: Project) -> None:
    base_layout(Path(shop.root).parent / "base", like_debian("3.99"))
    other = replace(shop, spec=shop.spec._replace(python="3.99"))
    done = built(other)
    assert any("no Python 3.99 on this machine" in warning.message for warning in done.warnings)
    assert not [path for path in entries(images(shop)[0], shop) if path.endswith(".pyc")]


def sdist(name: str, setup: str = "") -> bytes:
    """A package that has to be built."""
    content = io.BytesIO()
    files = {
        "pyproject.toml": f'[project]\nname = "{name}"\nversion = "1.0"\n',
        "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{name}/__init__.py": "",
        "setup.py": f"from setuptools import setup\n{setup}\nsetup()\n",
    }
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for path, text in files.items():
            info = tarfile.TarInfo(f"{name}-1.0/{path}")
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    return content.getvalue()


def test_only_sources_and_another_platform_is_refused(shop: Project, index: Index) -> None:
    index.files["omega-1.0.tar.gz"] = sdist("omega")
    lock(shop, "omega==1.0")
    base_layout(Path(shop.root).parent / "base", like_debian(PYTHON), platforms=(ARM,))
    arm = replace(shop, spec=shop.spec._replace(image=shop.spec.image._replace(platforms=("linux/arm64",))))
    error = build(arm).error
    assert isinstance(error, StepFailed) and "no wheel of omega" in error.message and "cannot be built" in error.message


def test_only_sources_are_built_where_that_gives_the_same(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the packages of this machine's index: what is needed to build comes from there."""
    folder = Path(shop.root).parent / "packages"
    folder.mkdir()
    (folder / "omega-1.0.tar.gz").write_bytes(sdist("omega"))
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    lock(shop, "omega==1.0")
    built(shop)
    found = entries(images(shop)[0], shop)
    assert f"{SITE}/omega/__init__.py" in found
    assert not [path for path in found if path.endswith(("uv_cache.json", "uv_build.json", "direct_url.json"))]
    record = found[f"{SITE}/omega-1.0.dist-info/RECORD"].content or b""
    assert b"uv_" not in record and b"direct_url" not in record


def test_what_was_compiled_here_is_no_good_for_an_older_libc(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(shop.root).parent / "packages"
    folder.mkdir()
    pretend = "import setuptools.dist\nsetuptools.dist.Distribution.has_ext_modules = lambda self: True"
    (folder / "sigma-1.0.tar.gz").write_bytes(sdist("sigma", pretend))
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    lock(shop, "sigma==1.0")
    built(shop)
    base_layout(Path(shop.root).parent / "base", like_debian(PYTHON, "2.28"))
    error = build(shop).error
    assert isinstance(error, StepFailed)
    assert "sigma 1.0 has no wheel" in error.message and "glibc 2.28" in error.message


def test_what_the_lock_names_is_laid_in_ahead(shop: Project, index: Index) -> None:
    assert ahead.declare(shop, Wishes()) == NotNeeded("nothing is required", quiet=True)
    index.add("alpha", "1.0")
    lock(shop, locked(index, "alpha", "1.0"))
    tried = perform(ahead, shop)
    assert tried.done is not None and tried.done.summary.startswith("layer of the lock (")
    blobs = Path(shop.cache, "blobs", "blobs", "sha256")
    made = {path: path.stat().st_ino for path in blobs.iterdir()}
    layer = next(layer for layer in images_after(shop) if layer.note == "dependencies")
    path = Path(Store(os.path.join(shop.cache, "blobs")).path(layer.blob.digest))
    assert made[path] == path.stat().st_ino, "it was there when the image was made"


def images_after(shop: Project) -> tuple[Layer, ...]:
    """The layers of the image that is built now."""
    built(shop)
    (image,) = images(shop)
    return image.layers


def test_a_base_that_is_not_here_keeps_no_check_waiting(shop: Project, index: Index) -> None:
    index.add("alpha", "1.0")
    lock(shop, locked(index, "alpha", "1.0"))
    far = replace(shop, spec=shop.spec._replace(image=shop.spec.image._replace(base="127.0.0.1:9/python:3")))
    tried = perform(ahead, far)
    assert tried.done is not None and tried.done.summary == "left to the image: its base is not on this machine yet"
    assert tried.done.good_for == 0.0, "the next build does not take that for done"


def test_an_engine_installs_for_itself(shop: Project) -> None:
    Path(shop.root, "Dockerfile").write_text("FROM x\n")
    assert ahead.declare(shop, Wishes()) == NotNeeded("the Dockerfile says what is installed", quiet=True)
