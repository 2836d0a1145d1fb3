"""protos: from which folder .proto files import each other, which modules they become, and where those look."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.builder.generation.protos import import_root, imports_of, module_of, moved


@pytest.mark.parametrize(
    ("text", "imports"),
    [
        ('import "a.proto";', ("a.proto",)),
        ("syntax = 'proto3';\n  import public 'b/c.proto' ;\n", ("b/c.proto",)),
        ('import weak "a.proto";\nimport "b.proto";', ("a.proto", "b.proto")),
        ('// import "no.proto";\n/* import "no.proto";\nimport "no.proto"; */\nimport "a.proto"; // why', ("a.proto",)),
        ('option x = "// no comment";\nimport "http://odd.proto";', ("http://odd.proto",)),
        ("message Import {}", ()),
    ],
)
def test_imports(text: str, imports: tuple[str, ...]) -> None:
    assert imports_of(text) == imports


@pytest.mark.parametrize(
    ("protos", "root"),
    [
        ({"shop/protos/a.proto": ()}, "shop/protos"),
        ({"shop/protos/a.proto": ("b.proto",), "shop/protos/b.proto": ()}, "shop/protos"),
        ({"shop/protos/a.proto": ("protos/b.proto",), "shop/protos/b.proto": ()}, "shop"),
        ({"shop/protos/a.proto": ("shop/protos/b.proto",), "shop/protos/b.proto": ()}, ""),
        ({"p/a/a.proto": ("b/b.proto",), "p/b/b.proto": ()}, "p"),
        ({"p/a/a.proto": ("google/protobuf/any.proto", "nowhere.proto")}, "p/a"),
        ({"a.proto": (), "p/b.proto": ("a.proto",)}, ""),
    ],
)
def test_root(protos: dict[str, tuple[str, ...]], root: str) -> None:
    assert import_root(protos) == root


NAMES = st.text("abc", min_size=1, max_size=2)
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)


@given(st.lists(NAMES, max_size=3).map("/".join), st.sets(PATHS, min_size=2, max_size=5))
def test_wherever_files_lie_their_imports_can_be_followed(above: str, paths: set[str]) -> None:
    virtual = sorted(f"{path}.proto" for path in paths)
    protos = {os.path.join(above, path): tuple(virtual) for path in virtual}
    root = import_root(protos)
    assert all(os.path.join(root, path) in protos for path in virtual)


@pytest.mark.parametrize(
    ("path", "module"),
    [("a.proto", "a_pb2"), ("deep/a-b.proto", "deep.a_b_pb2"), ("my-dir/x.proto", "my_dir.x_pb2")],
)
def test_modules(path: str, module: str) -> None:
    assert module_of(path) == module


@pytest.mark.parametrize(
    ("line", "follows"),
    [
        ("import a_pb2 as a__pb2", "from shop.p import a_pb2 as a__pb2"),
        ("from deep import b_pb2 as deep_dot_b__pb2", "from shop.p.deep import b_pb2 as deep_dot_b__pb2"),
        ("from deep.b_pb2 import *", "from shop.p.deep.b_pb2 import *"),
        ("from a_pb2 import Money as Money", "from shop.p.a_pb2 import Money as Money"),
        (
            "x = importlib.import_module('deep.b_pb2')",
            "x = importlib.import_module('shop.p.deep.b_pb2')",
        ),
        ("from google.protobuf import any_pb2 as _any_pb2", "from google.protobuf import any_pb2 as _any_pb2"),
        ("import other_pb2 as o", "import other_pb2 as o"),
        ("import grpc", "import grpc"),
        ("DESCRIPTOR = f('import a_pb2 as b')", "DESCRIPTOR = f('import a_pb2 as b')"),
    ],
)
def test_imports_follow_the_code(line: str, follows: str) -> None:
    modules = frozenset(("a_pb2", "deep.b_pb2"))
    assert moved(f"one\n{line}\ntwo\n", modules, "shop.p") == f"one\n{follows}\ntwo\n"
    assert moved(line, modules, "") == line


def test_each_import_is_moved_once() -> None:
    modules = frozenset(("a_pb2", "gen.a_pb2"))
    assert moved("import a_pb2 as a", modules, "gen") == "from gen import a_pb2 as a"
