"""variants: files and tables in, whole pyproject.toml texts out, or everything that is wrong with them."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.cli import write_files

from bigflow.errors import InvalidProject, UsageError
from bigflow.project import pep440
from bigflow.project.layout import find_root
from bigflow.project.spec import read_spec
from bigflow.project.variants import Variant, find_variant, read_variants

OURS = '[tool.bigflow]\nname = "shop"\n'
BASE = """\
[project]
name = "shop"
dependencies = ["six"]

[tool.bigflow]
name = "shop"
image.base = "python:3.11-slim"
build.audit = "off"
"""


def wrong(root: Path) -> list[str]:
    with pytest.raises(InvalidProject) as caught:
        read_variants(str(root))
    return [finding.message for finding in caught.value.findings]


def document(root: Path, name: str) -> dict[str, object]:
    return tomllib.loads(find_variant(str(root), name).text.decode())


def test_a_file_is_a_variant_as_it_stands(tmp_path: Path) -> None:
    write_files(tmp_path, {"pyproject.binary.toml": OURS + "# as it is\n", "pyproject.source.toml": OURS})
    assert [variant.name for variant in read_variants(str(tmp_path))] == ["binary", "source"]
    assert find_variant(str(tmp_path), "binary") == Variant(
        "binary", "pyproject.binary.toml", b"%s# as it is\n" % OURS.encode()
    )


def test_a_table_states_what_differs(tmp_path: Path) -> None:
    table = """
[tool.bigflow.variants.gpu]
python = "3.12"
image.base = "cuda:12"
indexes = ["https://a.example/simple", "https://b.example/simple"]

[tool.bigflow.variants.gpu.project]
dependencies = ["torch"]

[tool.bigflow.variants.gpu.tool.ruff]
line-length = 100

[tool.bigflow.variants.big]
inherit = "gpu"
image.platforms = ["linux/arm64"]
"""
    write_files(tmp_path, {"pyproject.toml": BASE + table})
    gpu = {
        "project": {"name": "shop", "dependencies": ["torch"]},
        "tool": {
            "bigflow": {
                "name": "shop",
                "image": {"base": "cuda:12"},
                "build": {"audit": "off"},
                "python": "3.12",
            },
            "ruff": {"line-length": 100},
            "uv": {
                "index": [{"url": "https://a.example/simple", "default": True}, {"url": "https://b.example/simple"}]
            },
        },
    }
    assert document(tmp_path, "gpu") == gpu
    gpu["tool"]["bigflow"]["image"] = {"base": "cuda:12", "platforms": ["linux/arm64"]}  # type: ignore[index]
    assert document(tmp_path, "big") == gpu


def test_a_table_may_inherit_from_a_file(tmp_path: Path) -> None:
    table = '[tool.bigflow.variants.small]\ninherit = "binary"\ntests = "few"\n'
    write_files(tmp_path, {"pyproject.toml": BASE + table, "pyproject.binary.toml": OURS})
    assert document(tmp_path, "small") == {"tool": {"bigflow": {"name": "shop", "tests": "few"}}}


@pytest.mark.parametrize(
    ("files", "messages"),
    [
        ({"pyproject.all.toml": OURS}, ["a variant cannot be called 'all': --variant all builds each of them"]),
        ({"pyproject.a b.toml": OURS}, ["a variant cannot be called 'a b'"]),
        ({"pyproject.toml": BASE + '[tool.bigflow.variants."a/b"]'}, ["a variant cannot be called 'a/b'"]),
        ({"pyproject.GPU.toml": OURS}, ["a variant cannot be called 'GPU'"]),
        ({"pyproject.a-1.toml": OURS}, ["a variant cannot be called 'a-1'"]),
        (
            {"pyproject.toml": BASE + "[tool.bigflow.variants.gpu]", "pyproject.gpu.toml": OURS},
            ["the variant 'gpu' is said twice: in pyproject.gpu.toml, and in [tool.bigflow.variants.gpu]"],
        ),
        (
            {"pyproject.a.toml": OURS, "pyproject.b.toml": OURS.replace("shop", "store")},
            [
                "the variants do not agree about the project's name: "
                "'shop' in pyproject.a.toml, 'store' in pyproject.b.toml"
            ],
        ),
        (
            {"pyproject.toml": BASE, "pyproject.b.toml": '[project]\nname = "store"\n'},
            [
                "the variants do not agree about the project's name: "
                "'store' in pyproject.b.toml, 'shop' in pyproject.toml"
            ],
        ),
        (
            {
                "pyproject.toml": BASE
                + '[tool.bigflow.variants.a]\ninherit = "b"\n[tool.bigflow.variants.b]\ninherit = "a"\n'
            },
            ["variants inherit from each other: a -> b -> a", "variants inherit from each other: b -> a -> b"],
        ),
        (
            {"pyproject.toml": BASE + '[tool.bigflow.variants.a]\ninherit = "a"\n'},
            ["variants inherit from each other: a -> a"],
        ),
        (
            {"pyproject.toml": BASE + '[tool.bigflow.variants.gpu]\ninherit = "cpi"\n[tool.bigflow.variants.cpu]\n'},
            ["the variant 'gpu' inherits from 'cpi', which is none"],
        ),
        ({"pyproject.toml": BASE + "[tool.bigflow.variants]\na = 1\n"}, ["`variants` must be tables"]),
        (
            {"pyproject.toml": BASE + '[tool.bigflow.variants.a]\nindexes = "https://a.example"\n'},
            ["`indexes` must be a list of addresses, the default one first"],
        ),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, files: dict[str, str], messages: list[str]) -> None:
    assert wrong(write_files(tmp_path, files)) == messages


def test_broken_toml_names_its_file(tmp_path: Path) -> None:
    (message,) = wrong(write_files(tmp_path, {"pyproject.b.toml": OURS + "= 1\n"}))
    assert message.startswith("not valid TOML")


def test_an_unknown_variant_has_a_nearest_spelling(tmp_path: Path) -> None:
    write_files(tmp_path, {"pyproject.binary.toml": OURS, "pyproject.source.toml": OURS})
    with pytest.raises(UsageError, match=r"there is no variant 'sorce'; did you mean 'source'\?"):
        find_variant(str(tmp_path), "sorce")


def test_without_any_there_is_none(tmp_path: Path) -> None:
    write_files(tmp_path, {"pyproject.toml": BASE, "pyproject.ruff.toml": "[tool.ruff]\n"})
    with pytest.raises(UsageError, match="there is no variant 'gpu': the project has none"):
        find_variant(str(tmp_path), "gpu")


def test_a_project_may_have_variants_alone(tmp_path: Path) -> None:
    write_files(tmp_path, {"pyproject.binary.toml": OURS, "shop/__init__.py": ""})
    assert find_root(str(tmp_path / "shop")) == str(tmp_path)
    with pytest.raises(InvalidProject, match=r"no pyproject\.toml but those of binary") as caught:
        read_spec(str(tmp_path))
    assert caught.value.findings[0].hint == "say which one: --variant binary"


def test_settings_of_some_tool_make_no_project(tmp_path: Path) -> None:
    write_files(tmp_path, {"pyproject.ruff.toml": "[tool.ruff]\n"})
    assert find_root(str(tmp_path), str(tmp_path)) is None


NAMES = st.from_regex(r"[a-z][a-z0-9]{0,6}(-[a-z][a-z0-9]{0,6}){0,2}", fullmatch=True)
LOCAL = r"(\+[a-z][a-z0-9]{0,8}(\.[a-z][a-z0-9]{0,4})?)?"
VERSIONS = st.from_regex(rf"[1-9]\.[0-9]\.[1-9](\.dev[1-9])?{LOCAL}", fullmatch=True)


@given(NAMES, VERSIONS)
def test_a_marked_version_is_one_and_can_be_unmarked(name: str, version: str) -> None:
    variant = Variant(name, "", b"")
    assert pep440.parse(variant.marked(version)) is not None
    assert variant.unmarked(variant.marked(version)) == version


@given(NAMES, NAMES, VERSIONS)
def test_two_variants_have_two_versions(one: str, other: str, version: str) -> None:
    marked = [Variant(name, "", b"").marked(version) for name in (one, other)]
    assert (marked[0] == marked[1]) == (one == other)
