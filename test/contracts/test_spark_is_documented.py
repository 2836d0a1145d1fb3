"""docs/reference/spark.md says what the code says, and the files of the how-to page make a project."""

import dataclasses
import inspect
import re
from pathlib import Path

import pytest
from support.cli import bigflow, write_files

from bigflow.spark import Dataproc, EmrServerless, Local, SparkJob

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "reference/spark.md").read_text(encoding="utf-8")
HOW_TO = (DOCS / "how-to/run-spark-jobs.md").read_text(encoding="utf-8")


def documented(heading: str) -> dict[str, str]:
    """The first table below a heading: each name with its default."""
    section = re.split(rf"^## {heading}$", PAGE, flags=re.MULTILINE)[1].split("\n## ")[0]
    rows = section.split("\n|---|---|---|\n", 1)[1].split("\n\n")[0].splitlines()
    cells: list[list[str]] = [[cell.strip().strip("`") for cell in row.split("|")[1:3]] for row in rows]
    return dict(cells)


def default_of(field: "dataclasses.Field[object]") -> str:
    if field.default_factory is not dataclasses.MISSING:
        return repr(field.default_factory())
    return "required" if field.default is dataclasses.MISSING else repr(field.default)


@pytest.mark.parametrize("place", [Local, EmrServerless, Dataproc])
def test_places(place: type[Local | EmrServerless | Dataproc]) -> None:
    assert documented(place.__name__) == {field.name: default_of(field) for field in dataclasses.fields(place)}


def test_spark_job() -> None:
    _, *parameters, _ = inspect.signature(SparkJob.__init__).parameters.values()
    said = {one.name: "required" if one.default is one.empty else repr(one.default) for one in parameters}
    assert documented("SparkJob") == said


def test_the_how_to_page_is_a_project(tmp_path: Path) -> None:
    blocks = re.findall(r"```\w+\n# file: (\S+)\n(.*?)```", HOW_TO, re.DOTALL)
    assert len(blocks) == 5
    write_files(tmp_path, dict(blocks))
    done = bigflow("workflows", "show", "daily", cwd=tmp_path)
    assert (done.code, done.out) == (0, "totals\n"), done.err
    compile(dict(blocks)["entry_script/run_main.py"], "run_main.py", "exec")
