"""Base images from registries: when they are asked, and what counts while they cannot be."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from support.bases import base_of, like_debian
from support.damage import DAMAGES, damage
from support.registry import RunningRegistry, registry

from bigflow._http.patience import Patience
from bigflow._process import Completed
from bigflow.builder.image.registries import registries_of
from bigflow.containers.bases import A_DAY, Shelf
from bigflow.containers.debian import make_debian
from bigflow.containers.descriptor import LINUX_AMD64, Platform
from bigflow.containers.image import Image
from bigflow.containers.reference import parse
from bigflow.containers.registry import Registries, push
from bigflow.containers.store import Store
from bigflow.containers.validate import problems
from bigflow.containers.wanted import Wanted
from bigflow.errors import OutsideError, UsageError

NOW = 1_800_000_000.0
QUICK = Patience(connect=1.0, tries=1)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    with registry(tmp_path_factory.mktemp("registry")) as running:
        yield running


@dataclass
class Bench:
    """A registry with one repository, and a shelf."""

    host: str
    folder: Path
    running: RunningRegistry
    made: Store = field(init=False)

    def __post_init__(self) -> None:
        self.made = Store(str(self.folder / "made"))

    @property
    def name(self) -> str:
        return f"{self.host}/{self.folder.name}/base:1"

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.name, LINUX_AMD64, str(self.folder))

    @property
    def shelf(self) -> Shelf:
        return Shelf(Store(str(self.folder / "cache")), lambda: Registries(patience=QUICK), _no_program, NOW)

    def push(self, libc: str) -> Image:
        image = base_of(self.made, like_debian("3.12", libc))
        push(image.descriptor, self.made, Registries().writable(parse(self.name)))
        return image

    def requests(self) -> int:
        return len(self.running.requests("GET")) + len(self.running.requests("HEAD"))


def _no_program(args: tuple[str, ...], *, env_add: object = None) -> Completed:
    raise AssertionError(args)


@pytest.fixture
def bench(running: RunningRegistry, tmp_path: Path) -> Bench:
    return Bench(running.host, tmp_path / tmp_path.name.replace("_", "-").lower(), running)


def test_it_comes_with_all_its_layers_and_is_not_asked_for_again(bench: Bench) -> None:
    image = bench.push("2.36")
    base = bench.shelf.get(bench.wanted)
    assert (base.digest, base.public_name, base.changes) == (image.digest, bench.name, True)
    assert all(bench.shelf.store.has(layer.blob) for layer in image.layers)
    asked = bench.requests()
    assert replace(bench.shelf, now=NOW + A_DAY - 1).get(bench.wanted) == base
    assert replace(bench.shelf, now=NOW + 9 * A_DAY, offline=True).get(bench.wanted) == base
    assert bench.requests() == asked


def test_a_tag_is_asked_again_after_a_day_and_on_request(bench: Bench) -> None:
    old = bench.push("2.36")
    assert bench.shelf.get(bench.wanted).digest == old.digest
    new = bench.push("2.40")
    assert bench.shelf.get(bench.wanted).digest == old.digest
    assert replace(bench.shelf, now=NOW + A_DAY + 1).get(bench.wanted).digest == new.digest
    assert bench.shelf.get(bench.wanted).digest == new.digest
    bench.push("2.36")
    assert replace(bench.shelf, anew=True).get(bench.wanted).digest == old.digest


def test_a_digest_is_what_it_is(bench: Bench) -> None:
    image = bench.push("2.36")
    wanted = replace(bench.wanted, name=f"{bench.name}@{image.digest}")
    assert not bench.shelf.get(wanted).changes
    asked = bench.requests()
    assert replace(bench.shelf, now=NOW + 99 * A_DAY).get(wanted).digest == image.digest
    assert bench.requests() == asked


def test_while_the_registry_is_away_the_last_answer_counts_aloud(tmp_path: Path) -> None:
    with registry(tmp_path / "registry") as running:
        bench = Bench(running.host, tmp_path / "one", running)
        image = bench.push("2.36")
        bench.shelf.get(bench.wanted)
    base = replace(bench.shelf, now=NOW + 2 * A_DAY).get(bench.wanted)
    assert base.digest == image.digest and "is taken to be what it was" in base.note
    with pytest.raises(OutsideError):
        replace(bench.shelf, anew=True).get(bench.wanted)
    with pytest.raises(OutsideError, match="cannot be had") as caught:
        bench.shelf.get(replace(bench.wanted, name=bench.name.replace(":1", ":2")))
    assert "mmdebstrap" in caught.value.hint


def test_a_tag_that_is_gone_is_not_taken_from_memory(bench: Bench) -> None:
    bench.push("2.36")
    bench.shelf.get(bench.wanted)
    shutil.rmtree(bench.running.folder / "data" / "docker/registry/v2/repositories" / bench.folder.name)
    with pytest.raises(OutsideError):
        replace(bench.shelf, now=NOW + 2 * A_DAY).get(bench.wanted)


def test_what_is_lost_here_is_brought_again(bench: Bench) -> None:
    image = bench.push("2.36")
    bench.shelf.get(bench.wanted)
    os.unlink(bench.shelf.store.path(image.layers[0].blob.digest))
    bench.shelf.get(bench.wanted)
    assert bench.shelf.store.has(image.layers[0].blob)


@pytest.mark.parametrize("which", ["manifest", "configuration", "layer"])
@pytest.mark.parametrize("how", [how for how in DAMAGES if how != "unreadable"])  # root, and CI, read everything
def test_what_is_damaged_here_is_brought_again(bench: Bench, how: str, which: str) -> None:
    image = bench.push("2.36")
    bench.shelf.get(bench.wanted)
    configuration, manifest = (blob for blob, _ in image.documents)
    blob = {"manifest": manifest, "configuration": configuration, "layer": image.layers[0].blob}[which]
    damage(Path(bench.shelf.store.path(blob.digest)), how)
    assert bench.shelf.get(bench.wanted).image == image
    assert problems(image.descriptor, bench.shelf.store) == ()


@pytest.mark.parametrize("suite", ["Bookworm", "bookworm;x", "", "../x"])
def test_what_is_no_release_of_debian(suite: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no release"):
        make_debian(suite, LINUX_AMD64, Store(str(tmp_path)), _no_program)


def test_debian_needs_its_program(tmp_path: Path) -> None:
    from bigflow._process import run

    with pytest.raises(UsageError, match="mmdebstrap, which is not installed"):
        make_debian("bookworm", LINUX_AMD64, Store(str(tmp_path)), lambda args, env_add=None: run(("no-such-thing",)))
    with pytest.raises(UsageError, match="not made for"):
        make_debian("bookworm", Platform("windows", "amd64"), Store(str(tmp_path)), _no_program)


def test_debian_that_cannot_be_made_says_what_its_program_said(tmp_path: Path) -> None:
    def fails(args: tuple[str, ...], *, env_add: object = None) -> Completed:
        return Completed(args, 25, "I: working\nE: cannot fetch Release\n", "")

    with pytest.raises(OutsideError, match="cannot fetch Release"):
        make_debian("bookworm", LINUX_AMD64, Store(str(tmp_path / "store")), fails)
    assert not [name for name in os.listdir(tmp_path / "store") if name.startswith(".incoming")]


def test_how_registries_are_reached_is_said_by_the_usual_variables(tmp_path: Path) -> None:
    assert registries_of({"HOME": str(tmp_path)})
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(UsageError, match="not JSON"):
        registries_of({"DOCKER_CONFIG": str(tmp_path)})
