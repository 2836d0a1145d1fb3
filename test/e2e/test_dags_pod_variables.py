"""What a DAG tells its pods by variables arrives in the context, and nonsense in them is refused."""

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import jinja2
import pytest
from support.cli import CHECKOUT, bigflow, write_files
from support.stub_airflow import executed

MODULE = """
import json
from bigflow import Workflow, job

@job
def tell(context):
    end = context.interval_end and context.interval_end.isoformat()
    print(json.dumps([context.attempt, context.run_id, end, dict(context.params), dict(context.labels)]))

daily = Workflow("daily", [tell], params={"none": None, "name": "x"})
zoned = Workflow("zoned", [tell], timezone="Europe/Warsaw")
"""


OWN = """
import json
from bigflow import Workflow, job

@job
def clean(context):
    print(json.dumps([context.runtime_str, context.env, context.run_id, context.attempt]))

daily = Workflow("daily", [clean])
"""


@pytest.fixture
def pod(tmp_path: Path) -> Path:
    return write_files(tmp_path, {"shop/__init__.py": "", "shop/workflow.py": MODULE})


def run(pod: Path, job: str, *words: str, **env: str):
    return bigflow(
        "run", "--job", job, "--runtime", "2026-01-01", "--project-package", "shop", *words, cwd=pod, env=env
    )


@pytest.mark.parametrize(
    ("env", "told"),
    [
        ({}, [1, "", None]),
        ({"BF_ATTEMPT": "3", "BF_RUN_ID": "manual__x"}, [3, "manual__x", None]),
        ({"BF_INTERVAL_END": "2026-01-02 00:00:00+00:00"}, [1, "", "2026-01-02T00:00:00"]),
        ({"BF_INTERVAL_END": "2026-01-02T01:00:00+01:00", "BF_ATTEMPT": ""}, [1, "", "2026-01-02T00:00:00"]),
        ({"BF_INTERVAL_END": ""}, [1, "", None]),
    ],
)
def test_they_arrive(pod, env, told):
    done = run(pod, "daily.tell", **env)
    assert (done.code, json.loads(done.out)[:3]) == (0, told), done.err


@pytest.mark.parametrize(
    ("said", "labels"),
    [
        (None, {}),
        ("", {}),
        ("a=b", {"a": "b"}),
        ("example.com/team=x.y_z-1,tier=", {"example.com/team": "x.y_z-1", "tier": ""}),
    ],
)
def test_labels_arrive(pod, said, labels):
    done = run(pod, "daily.tell", **({} if said is None else {"BF_LABELS": said}))
    assert json.loads(done.out)[4] == labels


def test_the_end_is_in_the_zone_of_the_workflow(pod):
    done = run(pod, "zoned.tell", BF_INTERVAL_END="2026-07-02 00:00:00+00:00")
    assert json.loads(done.out)[2] == "2026-07-02T02:00:00+02:00"


@pytest.mark.parametrize(
    ("env", "part"),
    [
        ({"BF_ATTEMPT": "x"}, "bf_attempt='x'"),
        ({"BF_ATTEMPT": "0"}, "'0'"),
        ({"BF_INTERVAL_END": "soon"}, "'soon'"),
        ({"BF_LABELS": "a"}, "bf_labels='a'"),
        ({"BF_LABELS": "a=b,=c"}, "team=orders"),
    ],
)
def test_nonsense_is_refused(pod, env, part):
    done = run(pod, "daily.tell", **env)
    assert done.code == 2
    assert part in done.err


def test_an_empty_param_is_nothing_where_nothing_is_its_default(pod):
    done = run(pod, "daily.tell", "--param", "none=", "--param", "name=")
    assert json.loads(done.out)[3] == {"none": None, "name": ""}


def test_the_task_of_the_how_to_runs_one_job(tmp_path):
    """The page about one's own DAG: its words and variables, as Airflow would render them."""
    page = (CHECKOUT / "docs/how-to/use-one-job-from-your-own-dag.md").read_text(encoding="utf-8")
    example = page.partition("```python\n")[2].partition("```")[0]
    _, tasks = executed(f"from airflow import DAG\ndag = DAG(default_args={{}})\n{example}")
    asked = tasks["clean"].kwargs
    known = {
        "data_interval_start": datetime(2026, 1, 1, 3, tzinfo=UTC),
        "run_id": "manual__x",
        "ti": SimpleNamespace(try_number=2),
    }

    def rendered(text: str) -> str:
        return jinja2.Environment().from_string(text).render(known)

    write_files(tmp_path, {"project_package/__init__.py": "", "project_package/workflow.py": OWN})
    words = [rendered(word) for word in (*asked["cmds"][3:], *asked["arguments"])]
    done = bigflow(*words, cwd=tmp_path, env={name: rendered(value) for name, value in asked["env_vars"].items()})
    assert (done.code, json.loads(done.out)) == (0, ["2026-01-01 03:00:00", "prod", "manual__x", 2]), done.err
