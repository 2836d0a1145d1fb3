"""The first line of our files: written, read back, and not seen in those of others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.dags.mark import Mark, read, written

WORDS = st.text(min_size=1).filter(lambda text: not any("\ud800" <= letter <= "\udfff" for letter in text))


@given(WORDS, WORDS, WORDS)
def test_a_mark_is_read_as_it_was_written(project: str, workflow_id: str, version: str) -> None:
    mark = Mark(project, workflow_id, version)
    line = written(mark)
    assert line.startswith("# ")
    assert len(line.splitlines()) == 1
    assert read(f"{line}\nimport os\n") == read(f"{line}\r\nimport os\r\n") == mark


def test_it_can_be_read_by_people() -> None:
    assert written(Mark("shop", "daily", "1.2.0+g1")) == "# bigflow: project=shop workflow=daily version=1.2.0+g1"


@pytest.mark.parametrize(
    "text", ["", "import airflow", "\n# bigflow: project=a workflow=b version=c", "# bigflow: project=a workflow=b"]
)
def test_files_of_others_have_none(text: str) -> None:
    assert read(text) is None
