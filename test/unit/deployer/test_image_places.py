"""What every place for images has to do: a repository in a registry, and a folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.built import Build, build
from support.flawed_registry import FlawedRegistry, flawed_registry, status

from bigflow.containers.registry import Registries
from bigflow.deployer.events import DeployEvent, PieceMoved, PushEnded, PushStarted
from bigflow.deployer.images import ImagePlace, plan_image, plan_released, push_image, tag_image
from bigflow.deployer.settings import image_place
from bigflow.deployer.targets.registry import RegistryPlace
from bigflow.deployer.wanted import Built, find_image
from bigflow.errors import BigflowError, OutsideError, UsageError
from bigflow.storage import Patience

NOWHERE = f"sha256:{'0' * 64}"
QUICK = Patience(tries=2, pause=0.01, longest_pause=0.05)


@pytest.fixture
def registry() -> Iterator[FlawedRegistry]:
    with flawed_registry() as there:
        yield there


@pytest.fixture(params=["registry", "folder"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> ImagePlace:
    if request.param == "folder":
        return image_place(f"oci-layout:{tmp_path / 'images'}", "shop", Registries())
    said = f"{request.getfixturevalue('registry').host}/team/shop"
    return image_place(said, "shop", Registries(patience=QUICK))


def made(root: Path, version: str, size: int = 100_000) -> Built:
    manifest = build(root, Build(version, code=version.encode(), size=size))
    return Built(manifest, (), find_image(str(root), manifest))


def pushed(built: Built, place: ImagePlace) -> list[DeployEvent]:
    told: list[DeployEvent] = []
    planned = plan_image(built, place)
    push_image(built, planned, place, told.append)
    tag_image(planned, place)
    return told


def test_what_was_put_is_found_and_named_by_its_digest(place: ImagePlace, tmp_path: Path) -> None:
    built = made(tmp_path, "1.0.0+local")
    assert built.image is not None
    assert place.find(built.image.digest) is None
    assert place.tagged(built.tag) == ""
    pushed(built, place)
    found = place.find(built.image.digest)
    assert found is not None
    assert found.digest == built.image.digest == place.tagged("1.0.0-local")
    assert place.reference(found.digest).endswith(f"shop@{found.digest}")
    assert place.find(NOWHERE) is None


def test_only_what_is_missing_moves(place: ImagePlace, tmp_path: Path) -> None:
    first = plan_image(made(tmp_path, "1.0.0"), place)
    assert (first.moves, first.blobs) == (True, 4)
    pushed(made(tmp_path, "1.0.0"), place)
    again = plan_image(made(tmp_path, "1.0.0"), place)
    assert (again.moves, again.changes) == (False, False)
    second = plan_image(made(tmp_path, "1.1.0"), place)
    assert second.blobs == 3
    assert second.bytes < 10_000


def test_all_that_moves_is_told(place: ImagePlace, tmp_path: Path) -> None:
    built = made(tmp_path, "1.0.0")
    planned = plan_image(built, place)
    told = pushed(built, place)
    assert told[0] == PushStarted(planned.image.reference, planned.blobs, planned.bytes)
    assert told[-1] == PushEnded(planned.image.reference)
    moved: dict[str, int] = {}
    for event in told[1:-1]:
        assert isinstance(event, PieceMoved)
        moved[event.digest] = moved.get(event.digest, 0) + event.bytes
    if isinstance(place, RegistryPlace):
        assert (len(moved), sum(moved.values())) == (planned.blobs, planned.bytes)
    else:  # on one disk blobs are shared, and nothing of them moves
        assert sum(moved.values()) < planned.bytes


def test_a_tag_moves_and_the_old_image_stays(place: ImagePlace, tmp_path: Path) -> None:
    old = made(tmp_path, "1.0.0")
    assert old.image is not None
    pushed(old, place)
    released = (plan_image(old, place).image,)
    pushed(made(tmp_path, "1.1.0"), place)
    assert place.find(old.image.digest) is not None
    back = plan_released(released, lambda said: place)
    assert back is not None
    assert not back.moves


def test_whether_we_may_is_found_out_without_doing_it(place: ImagePlace, tmp_path: Path) -> None:
    place.may_put()
    built = made(tmp_path, "1.0.0")
    assert built.image is not None
    assert place.find(built.image.digest) is None
    assert plan_image(built, place).blobs == 4


def test_a_registry_that_does_not_let_us_push(registry: FlawedRegistry, tmp_path: Path) -> None:
    place = image_place(f"{registry.host}/shop", "shop", Registries(patience=QUICK))
    for method in ("POST", "PUT"):
        registry.fails(method, "", status(403, b'{"errors":[{"message":"denied"}]}'), times=9)
    with pytest.raises(OutsideError, match=r"does not allow POST .*: denied"):
        pushed(made(tmp_path, "1.0.0"), place)
    with pytest.raises(OutsideError, match="does not allow PUT"):
        place.may_put()
    assert registry.manifests == {}


@pytest.mark.parametrize("said", ["shop:1.0", "REG.example/Shop", "reg.example/a b"])
def test_what_is_no_repository(said: str) -> None:
    with pytest.raises(BigflowError) as error:
        image_place(f"reg.example/{said}", "shop", Registries()).reference(NOWHERE)
    assert isinstance(error.value, UsageError)
