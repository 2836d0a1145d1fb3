"""The step `generate` with the real protoc: what it leaves, what is wrong with sources, and what is out of date."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.building import Tried, perform, project
from support.cli import write_files

from bigflow.builder.generation.generating import outdated
from bigflow.builder.generation.state import State, read_state
from bigflow.builder.step import Declared, NotNeeded, Project, Wishes
from bigflow.builder.steps import generate
from bigflow.project.generated_path import ENTRY, GENERATED

MONEY = 'syntax = "proto3";\npackage shop;\nmessage Money { int64 cents = 1; }\n'
ORDER = """\
syntax = "proto3";
package shop;
import "money.proto";
message Order { Money price = 1; }
service Orders { rpc Get(Order) returns (Money); }
"""
HEAD = '[tool.bigflow]\nname = "shop"\nedition = "2026"\n'
FILES = {
    "pyproject.toml": HEAD,
    "shop/__init__.py": "",
    "shop/protos/money.proto": MONEY,
    "shop/protos/order.proto": ORDER,
    "resources/requirements.txt": "protobuf==6.33.1\n",
}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_files(tmp_path / "shop", FILES)


@pytest.fixture(autouse=True)
def _index(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
    yield


def opened(root: Path, cache: Path) -> Project:
    return replace(project(root), cache=str(cache))


def generated(root: Path) -> set[str]:
    folder = root / GENERATED
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def fails(tried: Tried) -> list[tuple[str, str]]:
    assert tried.error is not None
    return [(finding.message, finding.where) for finding in tried.error.findings]  # type: ignore[attr-defined]


def test_modules_stubs_and_services(root: Path, cache: Path) -> None:
    before = {path for path in root.rglob("*") if ".bigflow" not in path.parts}
    tried = perform(generate, opened(root, cache))
    assert tried.error is None, tried.log
    assert tried.done is not None and tried.done.summary == "generated 5 files"
    assert generated(root) == {
        "shop/protos/__init__.py",
        "shop/protos/money_pb2.py",
        "shop/protos/money_pb2.pyi",
        "shop/protos/order_pb2.py",
        "shop/protos/order_pb2.pyi",
        "shop/protos/order_pb2_grpc.py",
    }
    assert "from shop.protos import money_pb2" in (root / GENERATED / "shop/protos/order_pb2_grpc.py").read_text()
    assert (root / ENTRY / "sitecustomize.py").is_file()
    assert read_state(str(root)).by == ("grpcio-tools 1.76.0 (protobuf 6.31.1)",)
    assert outdated(opened(root, cache)) == ()
    assert {path for path in root.rglob("*") if ".bigflow" not in path.parts} == before


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('syntax = "proto3";\n\nmessage Money { int64 cents = 1 }\n', [('Expected ";".', "shop/protos/money.proto:3")]),
        (
            'syntax = "proto3";\nimport "gone.proto";\n',
            [
                ("File not found.", "shop/protos/gone.proto"),
                ('Import "gone.proto" was not found or had errors.', "shop/protos/money.proto:2"),
            ],
        ),
    ],
)
def test_what_does_not_compile_has_file_line_and_message(
    root: Path, cache: Path, text: str, told: list[tuple[str, str]]
) -> None:
    perform(generate, opened(root, cache))
    before = generated(root)
    write_files(root, {"shop/protos/money.proto": text})
    assert fails(perform(generate, opened(root, cache)))[: len(told)] == told
    assert generated(root) == before


def test_a_warning_is_a_warning(root: Path, cache: Path) -> None:
    write_files(
        root, {"shop/protos/order.proto": ORDER.replace("Money", "Other").replace("Other price", "string price")}
    )
    write_files(root, {"shop/protos/order.proto": 'syntax = "proto3";\nimport "money.proto";\nmessage A {}\n'})
    done = perform(generate, opened(root, cache)).done
    assert done is not None
    (warning,) = done.warnings
    assert (warning.message, warning.where) == ("Import money.proto is unused.", "shop/protos/order.proto:2")


@pytest.mark.parametrize(("lock", "words"), [("six==1\n", "does not require"), ("protobuf==6.30.0\n", "has 6.30.0")])
def test_a_protobuf_that_cannot_run_the_code(root: Path, cache: Path, lock: str, words: str) -> None:
    write_files(root, {"resources/requirements.txt": lock})
    tried = perform(generate, opened(root, cache))
    told = tried.done.warnings[0].message if tried.done else fails(tried)[0][0]
    assert words in told


def test_a_twin_among_the_sources_is_refused(root: Path, cache: Path) -> None:
    write_files(root, {"shop/protos/money_pb2.py": ""})
    (told,) = fails(perform(generate, opened(root, cache)))
    assert told == (
        "shop/protos/money_pb2.py is generated, and lies among the sources as well",
        "shop/protos/money_pb2.py",
    )


def hook(root: Path, run: str, **more: str) -> None:
    table = "".join(f'{key} = ["{value}"]\n' for key, value in more.items())
    text = f"{HEAD}\n[[tool.bigflow.generate.hooks]]\nrun = '''{run}'''\n{table}"
    write_files(root, {"pyproject.toml": text})
    for proto in root.rglob("*.proto"):
        proto.unlink()


def test_a_hook_fills_the_folder(root: Path, cache: Path) -> None:
    hook(root, "mkdir -p $OUT/shop/data && echo A = 1 > $OUT/shop/data/a.py", outputs="shop/data/a.py", inputs="shop/*")
    tried = perform(generate, opened(root, cache))
    assert tried.error is None, tried.log
    assert generated(root) == {"shop/data/a.py", "shop/data/__init__.py"}
    assert not tried.declared.always


@pytest.mark.parametrize(
    ("run", "message"),
    [("echo no >&2; exit 3", "a hook ended with code 3: no"), ("true", "a hook did not leave a.py")],
)
def test_a_hook_that_fails(root: Path, cache: Path, run: str, message: str) -> None:
    hook(root, run, outputs="a.py")
    tried = perform(generate, opened(root, cache))
    assert fails(tried)[0][0] == message
    assert tried.declared.always


def test_what_is_out_of_date_is_named(root: Path, cache: Path) -> None:
    def told() -> list[str]:
        return [finding.message for finding in outdated(opened(root, cache))]

    assert told() == ["nothing is generated yet"]
    perform(generate, opened(root, cache))
    assert told() == []
    (root / "shop/protos/order.proto").unlink()
    write_files(root, {"shop/protos/new.proto": MONEY.replace("Money", "New"), "shop/protos/money.proto": MONEY + "\n"})
    assert told() == [
        "shop/protos/money.proto has changed since the code was generated",
        "shop/protos/new.proto is new since the code was generated",
        "shop/protos/order.proto was removed since the code was generated",
    ]
    perform(generate, opened(root, cache))
    (root / GENERATED / "shop/protos/new_pb2.py").write_text("")
    assert told() == ["the generated code was changed"]


def test_when_nothing_is_left_to_generate_the_code_goes(root: Path, cache: Path) -> None:
    perform(generate, opened(root, cache))
    for proto in root.rglob("*.proto"):
        proto.unlink()
    assert [finding.message for finding in outdated(opened(root, cache))] == ["there is nothing to generate any more"]
    assert isinstance(generate.declare(opened(root, cache), Wishes()), Declared)
    perform(generate, opened(root, cache))
    assert not (root / GENERATED).exists() and read_state(str(root)) == State()
    assert isinstance(generate.declare(opened(root, cache), Wishes()), NotNeeded)


@pytest.mark.parametrize("text", ["{", "[]", '{"read": 1}', '{"read": {}, "left": 1, "by": []}'])
def test_a_damaged_state_is_none(tmp_path: Path, text: str) -> None:
    write_files(tmp_path, {".bigflow/generated.json": text})
    assert read_state(str(tmp_path)) == State()
