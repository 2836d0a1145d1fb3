"""pyproject.toml of 1.11: edited as text, checked as data."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.scaffold.migrate.tables import with_our_tables

EDITION = 'edition = "1.11"  # whose defaults hold\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", f"[tool.bigflow]\n{EDITION}"),
        ("[project]\nname = 'x'", f"[project]\nname = 'x'\n\n[tool.bigflow]\n{EDITION}"),
        ("[bigflow-project]\nname = 'x'\n", f"[tool.bigflow]\n{EDITION}name = 'x'\n"),
        ("[ 'bigflow-project' ] # ours\nname = 'x'\n", f"[ tool.bigflow ] # ours\n{EDITION}name = 'x'\n"),
        (
            "[bigflow-project]\nname = 'x'\n[bigflow-project.image]\nbuilder = 'auto'\n",
            f"[tool.bigflow]\n{EDITION}name = 'x'\n[tool.bigflow.image]\nbuilder = 'auto'\n",
        ),
        ("[tool.bigflow]\nname = 'x'\n", f"[tool.bigflow]\n{EDITION}name = 'x'\n"),
        ("[tool.bigflow]\nedition = '2026'\n", "[tool.bigflow]\nedition = '2026'\n"),
        ("[bigflow-project]\nedition = '1.11'\n", "[tool.bigflow]\nedition = '1.11'\n"),
        ("[bigflow-project]\r\nname = 'x'\r\n", f"[tool.bigflow]\n{EDITION}name = 'x'\n".replace("\n", "\r\n")),
        (
            "[bigflow-project]\nzip_safe = false\n",  # for setuptools: among our keys it would be a misspelling
            f"[bigflow-project]\nzip_safe = false\n\n[tool.bigflow]\n{EDITION}",
        ),
        (
            "[tool.bigflow]\nname = 'x'\n[bigflow-project]\nname = 'x'\n",
            f"[tool.bigflow]\n{EDITION}name = 'x'\n[bigflow-project]\nname = 'x'\n",
        ),
        (
            f"[tool.bigflow]\n{EDITION}[build-system]\nrequires = [\n  'bigflow[bigquery]', # us\n  'wheel',\n]\n",
            f"[tool.bigflow]\n{EDITION}[build-system]\nrequires = [\n  \"setuptools\", # us\n  'wheel',\n]\n",
        ),
        (
            '[build-system]\nrequires = ["hatchling", "bigflow-plugin"]\n[tool.bigflow]\nedition="1.11"\n',
            '[build-system]\nrequires = ["hatchling", "bigflow-plugin"]\n[tool.bigflow]\nedition="1.11"\n',
        ),
    ],
)  # fmt: skip
def test_the_text_that_comes_out(before: str, after: str) -> None:
    tables = with_our_tables(before, "plain")
    assert (tables.text, tables.notices) == (after, ())


def test_a_setup_file_that_calls_us_needs_us_when_it_is_run_by_hand() -> None:
    text = '[build-system]\nrequires = ["bigflow==1.11.3"]\nbuild-backend = "bigflow.build.meta"\n'
    system = tomllib.loads(with_our_tables(text, "calls us").text)["build-system"]
    assert system == {"requires": ["setuptools", "bigflow-framework"], "build-backend": "setuptools.build_meta"}


@pytest.mark.parametrize(
    "text",
    [
        "bigflow-project.name = 'x'\n",
        "bigflow-project = {name = 'x'}\n",
        "[tool]\nbigflow = {name = 'x'}\n",
        "tool.bigflow.name = 'x'\n",
        "[bigflow-project]\nname = '''\n[bigflow-project]\n'''\n",
        'build-system = {requires = ["bigflow"]}\n[tool.bigflow]\nedition = "1.11"\n',
    ],
)
def test_what_is_written_in_a_rare_way_is_left_and_told(text: str) -> None:
    tables = with_our_tables(text, "plain")
    assert tables.text == text
    assert "by hand" in tables.notices[0].message


names = st.sampled_from(
    ["bigflow-project", "tool.bigflow", "project", "build-system", "tool.ruff", "bigflow-project.image"]
)
lines = st.sampled_from(
    (
        "name = 'x'",
        "edition = '1.11'",
        "requires = ['bigflow==1.1', \"wheel\"]",
        "# x",
        "",
        "build-backend = 'bigflow.build'",
    )
)


@given(
    st.lists(st.tuples(names, st.lists(lines, unique=True, max_size=3)), max_size=4, unique_by=lambda table: table[0])
)
def test_twice_is_once_and_nothing_else_changes(tables: list[tuple[str, list[str]]]) -> None:
    text = "".join(f"[{name}]\n" + "".join(f"{line}\n" for line in inside) for name, inside in tables)
    try:
        before = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    once = with_our_tables(text, "plain")
    if once.notices:
        assert once.text == text
        return
    assert with_our_tables(once.text, "plain").text == once.text
    after = tomllib.loads(once.text)
    assert after.get("project") == before.get("project")
    assert "edition" in {**after.get("bigflow-project", {}), **after.get("tool", {}).get("bigflow", {})}
    assert "bigflow==" not in str(after.get("build-system"))
