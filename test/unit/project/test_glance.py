"""A glance at a project says what its spec says, whichever way the project is written down."""

from itertools import takewhile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bigflow.errors import InvalidProject
from bigflow.project.glance import Glance, _plain, glance
from bigflow.project.spec import read_spec

LINES = st.lists(
    st.sampled_from(
        [
            'edition = "2026"', "edition = '1.11'", 'edition = "2027"', "edition = 2026", 'name = "shop"',
            'name = "big-shop"', 'name = "x\\x"', "name = 'shop\"", 'python = "2.7"', 'tests = "../x"',
            'package = "shop"', 'package = "big_shop"', 'package = "gone"', 'package = "sh\\u006fp"', 'tests = "test"',
            'deployment_config_file = "conf.py"', 'python = "3.12"', "", "# package = 'gone'", '  package = "shop"',
            'package="shop"', 'pakcage = "shop"', "[tool.bigflow.build]", "[tool.other]", "[bigflow-project]",
            'name = "other" # said late', 'image.builder = "native"', '[[tool.bigflow.x]]', 'x = """', '"""',
        ]
    ),
    max_size=7,
)  # fmt: skip
SETUPS = st.sampled_from(
    [None, "PROJECT_NAME = 'shop'\n", "from bigflow.build import setup\nsetup(name='big-shop')\n", "import this\n"]
)


def write(root: Path, before: str, lines: list[str], setup: str | None) -> None:
    for package in ("shop", "big_shop"):
        (root / package).mkdir(exist_ok=True)
        (root / package / "__init__.py").touch()
    (root / "pyproject.toml").write_text("\n".join([before, "[tool.bigflow]", *lines]))
    (root / "project_setup.py").unlink(missing_ok=True)
    if setup is not None:
        (root / "project_setup.py").write_text(setup)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=1000)
@given(st.sampled_from(["", "[project]\nname = 'x'\n", "[tool.ruff]"]), LINES, SETUPS)
def test_a_glance_equals_the_spec(tmp_path: Path, before: str, lines: list[str], setup: str | None) -> None:
    write(tmp_path, before, lines, setup)
    seen = _plain(str(tmp_path))
    try:
        spec = read_spec(str(tmp_path))
    except InvalidProject:
        if seen is None:
            return
        own = list(takewhile(lambda line: not line.startswith("["), lines))
        assert len(own) < len(lines), "what is wrong in our table must be told; tables of other tools are not read"
        write(tmp_path, before, own, setup)
        spec = read_spec(str(tmp_path))
    if seen is not None:
        said = bool(spec.where("edition"))
        assert seen == Glance(str(tmp_path), spec.package, spec.edition, said, spec.deployment_config_file)


@pytest.mark.parametrize(
    "lines",
    [
        ['edition = "2026"', 'name = "x1"', 'package = "shop"'],
        ["edition = '2026'  # now", 'python = "3.12"', 'name = "big-shop"'],
    ],
)
def test_the_usual_project_needs_no_more_than_a_glance(tmp_path: Path, lines: list[str]) -> None:
    write(tmp_path, "[project]\nname = 'shop'", lines, "PROJECT_NAME = 'shop'\n")
    assert _plain(str(tmp_path)) is not None


def test_the_rest_is_asked_of_the_spec(tmp_path: Path) -> None:
    write(tmp_path, "", ['name = "shop"', 'image.builder = "native"'], None)
    assert glance(str(tmp_path)) == Glance(str(tmp_path), "shop", "1.11", False, "deployment_config.py")
