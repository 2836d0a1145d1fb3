"""Names for Kubernetes, labels and files, from whatever ids there are."""

import re
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.dags.names import file_name, label, pod_names, versioned_dag_id

IDS = st.text(st.sampled_from("aAbB09_.-zż "), min_size=1, max_size=80)


@given(IDS, st.lists(IDS, unique=True, max_size=12))
def test_pod_names_are_valid_and_differ(workflow_id: str, job_ids: list[str]) -> None:
    names = pod_names(workflow_id, job_ids)
    assert len(set(names)) == len(job_ids)
    for name in names:
        assert re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", name)
        assert len(name) <= 54


def test_pod_names_stay_readable_where_they_can() -> None:
    assert pod_names("daily", ["fetch", "by_country"]) == ("daily-fetch", "daily-by-country")
    first, second = pod_names("daily", ["a_b", "a-b"])
    assert (first, second[:10]) == ("daily-a-b", "daily-a-b-")
    (long,) = pod_names("w" * 60, ["fetch"])
    assert long.startswith("w" * 40)


def test_a_job_called_like_the_name_of_another_does_not_get_it() -> None:
    _, taken = pod_names("w", ["a_b", "a-b"])
    names = pod_names("w", [taken.removeprefix("w-"), "a_b", "a-b"])
    assert len(set(names)) == 3


@given(st.text(max_size=200))
def test_labels_are_safe(text: str) -> None:
    assert re.fullmatch(r"([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?", label(text))


@pytest.mark.parametrize(
    ("text", "safe"),
    [("1.2.0+gabc.t1", "1.2.0-gabc.t1"), ("data team", "data-team"), ("_x_", "x"), ("fine_1.0-x", "fine_1.0-x")],
)
def test_labels_keep_what_they_can(text: str, safe: str) -> None:
    assert label(text) == safe


def test_long_labels_that_differ_late_still_differ() -> None:
    assert label("x" * 70 + "1") != label("x" * 70 + "2")


def test_the_dag_id_of_1_11() -> None:
    assert versioned_dag_id("wf", "1.2.0+g1-x", datetime(2026, 1, 1, 5)) == "wf__v1_2_0_g1_x__2026_01_01_05_00_00"


@given(st.text(st.sampled_from("ab"), min_size=240, max_size=250))
def test_file_names_fit(dag_id: str) -> None:
    assert len(file_name(dag_id)) <= 255
    assert file_name(dag_id) != file_name(dag_id[:-1] + "c")


def test_file_names_are_those_of_1_11() -> None:
    assert file_name("daily") == "daily_dag.py"
