"""How a test is called by its framework."""

from pathlib import Path

import pytest

from bigflow.builder.suite.junit import Case
from bigflow.builder.suite.running import node_id, top_folder


def case(classname: str, name: str) -> Case:
    return Case(classname, name, "failed", 0.0)


@pytest.mark.parametrize(
    ("classname", "name", "node"),
    [
        ("test.unit.test_a", "test_x", "test/unit/test_a.py::test_x"),
        ("test.unit.test_a.TestA.TestB", "test_x[a.b]", "test/unit/test_a.py::TestA::TestB::test_x[a.b]"),
        ("", "test.unit.test_a", "test/unit/test_a.py"),
        ("test_top", "test_x", "test_top.py::test_x"),
        ("elsewhere.test_a", "test_x", "elsewhere.test_a::test_x"),
        ("", "nobody", "nobody"),
    ],
)
def test_pytests_name_of_a_test(tmp_path: Path, classname: str, name: str, node: str) -> None:
    (tmp_path / "test" / "unit").mkdir(parents=True)
    for file in ("test/unit/test_a.py", "test_top.py"):
        (tmp_path / file).touch()
    assert node_id(case(classname, name), str(tmp_path)) == node


@pytest.mark.parametrize(
    ("packages", "top"),
    [((), "test/unit"), (("test/unit",), "test"), (("test", "test/unit"), "."), (("test",), "test/unit")],
)
def test_tests_are_imported_from_the_nearest_folder_that_is_no_package(
    tmp_path: Path, packages: tuple[str, ...], top: str
) -> None:
    (tmp_path / "test" / "unit").mkdir(parents=True)
    (tmp_path / "__init__.py").touch()  # the root is never left
    for folder in packages:
        (tmp_path / folder / "__init__.py").touch()
    assert top_folder(str(tmp_path), "test/unit/") == top
