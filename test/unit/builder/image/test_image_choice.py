from dataclasses import replace
from pathlib import Path

import pytest
from support.building import project
from support.small_shop import write_shop

from bigflow.builder.image.choice import way
from bigflow.errors import UsageError


@pytest.mark.parametrize(
    ("dockerfile", "builder", "expected"),
    [
        (None, "auto", "native"),
        ("# bigflow: standard\nFROM x\n", "auto", "native"),
        ("\ufeff# bigflow: standard\r\nFROM x\r\n", "auto", "native"),
        ("FROM x\n# bigflow: standard\n", "auto", "engine"),
        ("", "auto", "engine"),
        ("FROM x\n", "auto", "engine"),
        ("FROM x\n", "native", "native"),
        ("# bigflow: standard\nFROM x\n", "docker", "engine"),
        ("FROM x\n", "podman", "engine"),
    ],
)
def test_who_builds(dockerfile: str | None, builder: str, expected: str, tmp_path: Path) -> None:
    shop = project(write_shop(tmp_path / "shop", {"Dockerfile": dockerfile}))
    image = shop.spec.image._replace(builder=builder)
    assert way(replace(shop, spec=shop.spec._replace(image=image))) == expected


def test_an_engine_needs_a_dockerfile(tmp_path: Path) -> None:
    shop = project(write_shop(tmp_path / "shop"))
    image = shop.spec.image._replace(builder="docker")
    with pytest.raises(UsageError, match="there is no Dockerfile"):
        way(replace(shop, spec=shop.spec._replace(image=image)))
