"""Requirements and ignore files of 1.11: only the lines that are about us change."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.scaffold.migrate.ignored import OUTPUTS, with_outputs_ignored
from bigflow.scaffold.migrate.requirements import Requirements, without_framework


@pytest.mark.parametrize(
    ("line", "extras"),
    [
        ("bigflow", ()),
        ("bigflow==1.11.3", ()),
        ("  BigFlow >= 1.11, < 2  # us", ()),
        ("bigflow[bigquery]", ("bigquery",)),
        ("bigflow[ log, dataproc ]==1.5 ; python_version > '3'", ("log", "dataproc")),
        ("bigflow @ git+https://example.com/bigflow", ()),
        ("bigflow~=1.11", ()),
        ("bigflow!=1.10", ()),
        ("-e git+https://example.com/b.git@1.11#egg=bigflow", ()),
        ("git+https://example.com/b.git#egg=bigflow[dataflow]", ("dataflow",)),
        ("bigflow==1.11.3 \\\n    --hash=sha256:00 \\\n    --hash=sha256:11", ()),
    ],
)
def test_lines_that_ask_for_the_framework_go(line: str, extras: tuple[str, ...]) -> None:
    done = without_framework("x", f"# before\npandas\n{line}\nnumpy\n")
    assert (done.after, done.extras) == ("# before\npandas\nnumpy\n", extras)


@pytest.mark.parametrize(
    "line",
    [
        "bigflow-framework", "bigflow_utils==1", "bigflows", "# bigflow==1.11.3", "-r bigflow.in",
        "--find-links bigflow", "git+https://example.com/x#egg=bigflow-plugin", "pandas  # for bigflow", "my-bigflow",
        "bigflow.in", "",
    ],
)  # fmt: skip
def test_other_lines_stay(line: str) -> None:
    assert without_framework("x", f"{line}\n").after == f"{line}\n"


@given(st.lists(st.text(string.ascii_lowercase + "-=.#[] \\", max_size=20)), st.sampled_from(["\n", "\r\n"]))
def test_what_stays_is_what_was_there(lines: list[str], end: str) -> None:
    text = end.join(lines)
    done = without_framework("x", text)
    rest = iter(text.splitlines(keepends=True))
    assert all(line in rest for line in done.after.splitlines(keepends=True))
    assert without_framework("x", done.after).after == done.after
    if "bigflow" not in text:
        assert done.after == text


def test_the_files_that_it_takes_in() -> None:
    text = "-r base.in\n  --requirement=../more.in # why\npandas\n#-r no.in\n-c constraints.txt\n"
    assert Requirements.included(text) == ["base.in", "../more.in"]


@pytest.mark.parametrize(
    "line", ["build", "build/", "/build", "/build/", "**/build/", "build/*", "build/**", " /build/ "]
)
def test_an_output_that_is_ignored_already(line: str) -> None:
    assert "/build/" not in with_outputs_ignored(f"{line}\n").splitlines()[1:]


@pytest.mark.parametrize("line", ["# build", "!build", "rebuild", "build.txt", "src/build/"])
def test_an_output_that_only_looks_ignored(line: str) -> None:
    assert "/build/" in with_outputs_ignored(f"{line}\n").splitlines()


@given(
    st.lists(st.sampled_from(["*.pyc", "build", "# x", "", *OUTPUTS])), st.sampled_from(["\n", "\r\n"]), st.booleans()
)
def test_outputs_are_added_once(lines: list[str], end: str, ended: bool) -> None:
    text = end.join(lines) + (end if ended else "")
    once = with_outputs_ignored(text)
    assert once.startswith(text)
    assert with_outputs_ignored(once) == once
    assert {line.strip("/") for line in OUTPUTS} <= {line.strip("/") for line in once.splitlines()}
