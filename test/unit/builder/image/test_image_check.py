import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.bases import base_layout, base_of, like_debian
from support.building import perform
from support.image_shop import PYTHON, built, opened, write_image_shop

from bigflow.builder.image.built import Built, finish
from bigflow.builder.step import Declared, Done, NotNeeded, Project, StepFailed, Wishes, Work
from bigflow.builder.steps import image_check as step
from bigflow.containers.descriptor import Platform
from bigflow.containers.layer import Entry
from bigflow.containers.store import Store
from bigflow.errors import UsageError

FOREIGN = Platform("linux", "riscv64")


class Finishes:
    """The step of an image that somebody else made."""

    def __init__(self, built: Built) -> None:
        self.built = built

    def declare(self, project: Project, wishes: Wishes) -> Declared | NotNeeded:
        return Declared()

    def perform(self, work: Work) -> Done:
        return finish(work, self.built)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    root = write_image_shop(tmp_path / "shop")
    monkeypatch.chdir(root)
    for name in [name for name in os.environ if name.lower().startswith("bf_")]:
        monkeypatch.delenv(name)
    return opened(root)


def made(shop: Project, *layers: tuple[Entry, ...]) -> Done:
    """An image for a machine that this one is not: its contents are looked at, and it is not started."""
    store = Store(os.path.join(shop.cache, "blobs"))
    image = base_of(store, like_debian(PYTHON), *layers, platform=FOREIGN)
    tried = perform(Finishes(Built((image,), store, base="x", base_digest=image.digest, base_layers=(1,))), shop)
    assert tried.error is None and tried.done is not None
    return tried.done


def checked(shop: Project, image: Done) -> Done:
    tried = perform(step, shop, before={"image": image})
    if tried.error:
        raise tried.error
    assert tried.done is not None
    return tried.done


def test_what_cannot_be_started_here_is_told_loudly(shop: Project) -> None:
    done = checked(shop, made(shop, (Entry("app/x", content=b""),)))
    assert done.summary.startswith("image NOT STARTED: it is not for this machine")
    assert [warning.message for warning in done.warnings] == [
        done.summary.replace("NOT STARTED", "was not started", 1).replace("image", "the image", 1)
    ]


def test_a_secret_in_a_layer_of_ours_fails(shop: Project) -> None:
    Path(".env.dev").write_text("bf_password=correct-horse\n")
    with pytest.raises(StepFailed, match=r"/app/x has the value of bf_password of \.env\.dev") as caught:
        checked(shop, made(shop, (Entry("app/x", content=b"=correct-horse"),)))
    assert "correct-horse" not in str(caught.value)


def test_what_the_base_holds_is_not_ours(shop: Project) -> None:
    """Debian's own packages bring files that look like that."""
    Path(".env.dev").write_text("bf_password=Debian GLIBC\n")
    assert checked(shop, made(shop, (Entry("app/x", content=b""),)))


def test_a_new_secret_is_a_reason_to_look_again(shop: Project) -> None:
    before = step.declare(shop, Wishes())
    Path(".env.dev").write_text("bf_password=correct-horse\n")
    assert step.declare(shop, Wishes()) != before
    assert isinstance(before, Declared) and "correct-horse" not in str(step.declare(shop, Wishes()))


def test_without_an_image_it_says_so(shop: Project) -> None:
    tried = perform(step, shop)
    assert isinstance(tried.error, UsageError) and "bigflow build" in tried.error.hint


def test_an_image_that_cannot_run_fails(shop: Project, tmp_path: Path) -> None:
    """Its Python is none."""
    base_layout(tmp_path / "base", like_debian(PYTHON))
    tried = perform(step, shop, before={"image": built(shop)})
    if tried.done is not None:
        assert "nothing here can start it" in tried.done.summary
        pytest.skip("nothing here can start an image")
    assert isinstance(tried.error, StepFailed) and "the image does not run" in tried.error.message


def test_a_damaged_blob_is_noticed_before_anything_runs(shop: Project, tmp_path: Path) -> None:
    base_layout(tmp_path / "base", like_debian(PYTHON))
    done = built(shop)
    shutil.rmtree(tmp_path / "cache" / "trees", ignore_errors=True)
    folder = Path(shop.root, ".image", "blobs", "sha256")
    largest = max(folder.iterdir(), key=lambda path: path.stat().st_size)
    largest.chmod(0o644)
    data = bytearray(largest.read_bytes())
    data[len(data) // 2] ^= 0xFF
    largest.write_bytes(data)
    assert perform(step, replace(shop), before={"image": done}).error is not None
