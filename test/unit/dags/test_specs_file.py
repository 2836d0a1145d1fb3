"""specs.json: what is read is what was written, and what cannot be read says why."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.dag_specs import FULL, SMALL, specs

from bigflow.dags.spec import DagSpec
from bigflow.dags.specs_file import Outline, SpecsUnreadable, outlines, read, written


@given(st.lists(specs(), max_size=2, unique_by=lambda spec: spec.dag_id))
def test_a_round_trip_changes_nothing(some: list[DagSpec]) -> None:
    text = json.dumps(json.loads(written(some)))  # as another program may have saved it
    assert read(text) == tuple(sorted(some, key=lambda spec: spec.dag_id))


def test_the_text_does_not_depend_on_the_order() -> None:
    assert written([SMALL, FULL]) == written([FULL, SMALL])


@given(st.lists(specs(), max_size=2, unique_by=lambda spec: spec.dag_id))
def test_what_can_be_drawn_of_them(some: list[DagSpec]) -> None:
    assert outlines(written(some)) == tuple(
        Outline(spec.workflow_id, tuple((task.job_id, task.after) for task in spec.tasks))
        for spec in sorted(some, key=lambda spec: spec.dag_id)
    )


def changed(**values: object) -> str:
    data = json.loads(written([SMALL]))
    data["dags"][0].update(values)
    return json.dumps(data)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("{", "Expecting"),
        ("[]", "schema"),
        ('{"schema": 2, "dags": []}', "schema"),
        ('{"schema": 1}', "dags"),
        (changed(dag_id=5), "dags.dag_id is 5"),
        (changed(catchup=1), "dags.catchup is 1"),
        (changed(novelty=1), "'novelty'"),
        (changed(tasks="x"), "dags.tasks is 'x'"),
        (changed(tasks=[1]), "dags.tasks holds 1"),
        (changed(timetable={"kind": "moon"}), "dags.timetable.kind is 'moon'"),
        (changed(start_date="soon"), "soon"),
        ('{"schema": 1, "dags": [{}]}', "missing"),
    ],
)
def test_what_cannot_be_read(text: str, part: str) -> None:
    with pytest.raises(SpecsUnreadable) as caught:
        read(text, ".dags/specs.json")
    assert part in caught.value.message
    assert caught.value.where == ".dags/specs.json"
    assert "build-dags" in caught.value.hint
