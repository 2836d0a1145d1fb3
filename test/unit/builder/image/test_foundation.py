from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.bases import base_of
from support.building import project
from support.small_shop import write_shop

from bigflow.builder.image.foundation import Foundation, foundation
from bigflow.builder.image.offer import Offer
from bigflow.builder.step import Project
from bigflow.containers.bases import Base
from bigflow.containers.descriptor import Platform
from bigflow.containers.store import Store
from bigflow.errors import UsageError

ONE = Offer((("3.11", "/usr/bin/python3.11"),), "2.36", False, "", "")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return project(write_shop(tmp_path_factory.mktemp("foundation") / "shop"))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(str(tmp_path_factory.mktemp("store")))


def found(shop: Project, store: Store, offer: Offer, python: str | None, platform: str = "linux/amd64") -> Foundation:
    image = base_of(store, platform=Platform(*platform.split("/")))
    of = replace(shop, spec=shop.spec._replace(python=python))
    return foundation(of, "the-base:1", Base(image, image.digest, "the-base:1", False), offer)


def test_the_python_that_the_project_says(shop: Project, store: Store) -> None:
    two = replace(ONE, pythons=(("3.12", "/a/python3.12"), *ONE.pythons))
    assert found(shop, store, two, "3.11").interpreter == "/usr/bin/python3.11"
    assert found(shop, store, two, "3.12.4").interpreter == "/a/python3.12"


@pytest.mark.parametrize(
    ("pythons", "python", "said"),
    [
        ((), "3.12", "has no Python"),
        ((("3.13", "/a"),), "3.12", "has Python 3.13, and the requirements are locked for 3.12"),
        (
            (("3.13", "/a"), ("3.11", "/b")),
            "3.12",
            "has Python 3.13 and 3.11, and the requirements are locked for 3.12",
        ),
        ((("3.13", "/a"), ("3.11", "/b")), None, "has Python 3.13 and 3.11"),
    ],
)
def test_a_python_that_does_not_fit(
    shop: Project, store: Store, pythons: tuple[tuple[str, str], ...], python: str | None, said: str
) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        found(shop, store, replace(ONE, pythons=pythons), python)
    assert "the-base:1" in caught.value.message
    assert "[tool.bigflow]" in caught.value.hint


@pytest.mark.parametrize(
    ("glibc", "expected"), [("2.36", "36"), ("2.28", "28"), ("2.30", "28"), ("2.99", "40"), ("2.17", "17")]
)
def test_packages_are_for_no_newer_glibc(shop: Project, store: Store, glibc: str, expected: str) -> None:
    assert found(shop, store, replace(ONE, glibc=glibc), "3.11").uv_platform == f"x86_64-manylinux_2_{expected}"


def test_other_platforms(shop: Project, store: Store) -> None:
    assert found(shop, store, ONE, "3.11", "linux/arm64").uv_platform == "aarch64-manylinux_2_36"
    musl = found(shop, store, replace(ONE, glibc="", musl=True), "3.11")
    assert (musl.uv_platform, musl.libc, musl.glibc) == ("x86_64-unknown-linux-musl", "musl", ())


@pytest.mark.parametrize("platform", ["linux/s390x", "windows/amd64", "linux/386"])
def test_a_platform_for_which_nothing_can_be_installed(shop: Project, store: Store, platform: str) -> None:
    with pytest.raises(UsageError, match=platform):
        found(shop, store, ONE, "3.11", platform)


@pytest.mark.parametrize("offer", [replace(ONE, glibc="2.5"), replace(ONE, glibc="")])
def test_a_c_library_for_which_nothing_is_made(shop: Project, store: Store, offer: Offer) -> None:
    with pytest.raises(UsageError, match=r"glibc|C library"):
        found(shop, store, offer, "3.11")


@given(st.integers(17, 200))
def test_a_newer_base_takes_no_fewer_packages(shop: Project, store: Store, minor: int) -> None:
    def named(number: int) -> int:
        offer = replace(ONE, glibc=f"2.{number}")
        return int(found(shop, store, offer, "3.11").uv_platform.rpartition("_")[2])

    assert named(minor) <= named(minor + 1)
    assert named(minor) <= minor
