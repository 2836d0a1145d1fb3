"""wanted: what there is to generate, where it goes, and the generator that suits the project's protobuf."""

from pathlib import Path

import pytest
from support.building import project
from support.cli import write_files

from bigflow.builder.generation.wanted import Wanted, wanted
from bigflow.errors import UsageError

PROTO = 'syntax = "proto3";\n'


def of(root: Path, table: str = "", **files: str) -> Wanted:
    text = f'[tool.bigflow]\nname = "shop"\nedition = "2026"\n\n[tool.bigflow.generate]\n{table}'
    write_files(root, {"pyproject.toml": text, "shop/__init__.py": "", **files})
    return wanted(project(root))


def test_a_project_without_sources_wants_nothing(tmp_path: Path) -> None:
    assert not of(tmp_path, **{"protos/not-asked-for.proto": PROTO})


def test_what_lies_in_the_package_goes_beside_itself(tmp_path: Path) -> None:
    found = of(tmp_path, **{"shop/protos/b.proto": PROTO, "shop/protos/deep/a.proto": PROTO})
    assert (found.protos, found.root, found.into) == (
        ("shop/protos/b.proto", "shop/protos/deep/a.proto"),
        "shop/protos",
        "shop/protos",
    )


def test_what_lies_elsewhere_goes_where_it_is_told(tmp_path: Path) -> None:
    files = {"api-v1/a.proto": PROTO}
    found = of(tmp_path, 'protos = ["api-v1/*.proto"]\ninto = "shop.api"', **files)
    assert (found.root, found.into) == ("api-v1", "shop/api")
    with pytest.raises(UsageError, match="is no name of a package"):
        of(tmp_path, 'protos = "api-v1/*.proto"', **files)


def test_a_pattern_that_matches_nothing_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no \.proto file matches 'protos/x'"):
        of(tmp_path, 'protos = ["protos/x"]')


@pytest.mark.parametrize(
    ("lock", "said", "generator", "protobuf"),
    [
        ("", "", "1.76.0", ""),
        ("six==1\n", "", "1.76.0", None),
        ("protobuf==4.25.1\n", "", "1.62.3", "4.25.1"),
        ("protobuf==5.29.6\n", "", "1.71.2", "5.29.6"),
        ("protobuf==6.33.1\ngrpcio==1.75.0\n", "", "1.75.0", "6.33.1"),
        ("protobuf==6.33.1\ngrpcio==1.75.0\n", 'generator = "grpcio-tools==1.74.0"', "1.74.0", "6.33.1"),
        ("protobuf==99.1\n", "", "1.76.0", "99.1"),
    ],
)
def test_the_generator_suits_the_lock(
    tmp_path: Path, lock: str, said: str, generator: str, protobuf: str | None
) -> None:
    found = of(tmp_path, said, **{"shop/a.proto": PROTO, "resources/requirements.txt": lock})
    assert (found.generator, found.protobuf) == (generator, protobuf)


def test_what_decides_is_declared(tmp_path: Path) -> None:
    hook = '[[tool.bigflow.generate.hooks]]\nrun = "make"\ninputs = ["*.json"]\n'
    found = of(tmp_path, hook, **{"shop/a[1].proto": PROTO})
    assert found.files == ("shop/a[[]1].proto", "*.json")
