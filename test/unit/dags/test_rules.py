"""What Airflow or Kubernetes would refuse is found in the spec."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.dag_specs import FULL, SMALL

from bigflow.dags import composer
from bigflow.dags.pod_rules import quantity
from bigflow.dags.rules import MANY_JOBS, broken, doubtful
from bigflow.dags.spec import Alert, DagSpec, Param, Resources, TaskSettings, TaskSpec, Toleration, Volume


def with_settings(**said: object) -> DagSpec:
    return replace(SMALL, tasks=(TaskSpec("fetch", "daily-fetch", (), TaskSettings(**said)),))  # type: ignore[arg-type]


@pytest.mark.parametrize("spec", [SMALL, FULL], ids=["small", "full"])
def test_good_specs_are_fine(spec: DagSpec) -> None:
    assert [*broken(spec)] == []
    assert [*doubtful(spec)] == []


@pytest.mark.parametrize(
    ("values", "part"),
    [
        ({"dag_id": "x" * 251}, "DAG id"),
        ({"dag_id": "a b"}, "DAG id"),
        ({"dag_id": "a'; import os"}, "DAG id"),
        ({"dag_id": "{{ ds }}"}, "DAG id"),
        ({"dag_id": "a\nb"}, "DAG id"),
        ({"dag_id": "a\\b"}, "DAG id"),
        ({"dag_id": ""}, "DAG id"),
        ({"dag_id": "żółw"}, "DAG id"),
        ({"tags": ("x" * 101,)}, "tag"),
        ({"tags": ("",)}, "tag"),
        ({"secrets": ("bf-password",)}, "'bf-password'"),
        ({"secrets": ("BF_X",)}, "'BF-X'"),
        ({"secrets": ("bf x",)}, "secret"),
        ({"secrets": ("bf_x_",)}, "secret"),
        ({"secrets": ("",)}, "secret"),
        ({"secrets": ("bf_run_id",)}, "framework's own"),
        ({"params": (Param("runtime", "text", '""'),)}, "runtime"),
        ({"params": (Param("a=b", "text", '""'),)}, "'a=b'"),
        ({"max_active_runs": 0}, "max_active_runs"),
        ({"deadline_sec": 0}, "deadline"),
        ({"deadline_sec": 1e12}, "deadline"),
        ({"alerts": (Alert("slack"),)}, "no connection"),
        ({"alerts": (Alert("email", "smtp"),)}, "no address"),
    ],
)
def test_what_is_wrong_with_a_dag(values: dict[str, object], part: str) -> None:
    (one,) = broken(replace(SMALL, **values))  # type: ignore[arg-type]
    assert part in one.message
    assert one.job_id == ""
    assert one.hint


@pytest.mark.parametrize(
    ("said", "part"),
    [
        ({"resources": Resources(cpu="two")}, "cpu 'two'"),
        ({"resources": Resources(cpu="-1")}, "cpu"),
        ({"resources": Resources(cpu="0")}, "cpu"),
        ({"resources": Resources(memory="2GB")}, "memory '2GB'"),
        ({"resources": Resources(memory="2gi")}, "memory"),
        ({"resources": Resources(memory="2 Gi")}, "memory"),
        ({"resources": Resources(memory="512")}, "512 bytes"),
        ({"resources": Resources(disk="nan")}, "disk"),
        ({"resources": Resources(gpu="0.5")}, "GPU"),
        ({"resources": Resources(gpu="0")}, "GPU"),
        ({"retry_pause_sec": -1}, "retry_pause_sec"),
        ({"limit_sec": float("inf")}, "execution_timeout_sec"),
        ({"limit_sec": float("nan")}, "execution_timeout_sec"),
        ({"startup_timeout_sec": 0}, "startup_timeout_sec"),
        ({"priority": 2**31}, "priority"),
        ({"pool": ""}, "pool"),
        ({"pool": "heavy jobs"}, "pool"),
        ({"pool": "x" * 300}, "pool"),
        ({"service_account": "My Account"}, "service_account"),
        ({"service_account": "-x"}, "service_account"),
        ({"pull_secrets": ("Registry",)}, "image_pull_secrets"),
        ({"pull_policy": "always"}, "image_pull_policy"),
        ({"image": "my image"}, "no image"),
        ({"image": "{{ x }}"}, "no image"),
        ({"image": ""}, "no image"),
        ({"environment": (("1X", ""),)}, "'1X'"),
        ({"environment": (("BF_ATTEMPT", ""),)}, "framework's own"),
        ({"environment": (("bf_labels", ""),)}, "framework's own"),
        ({"labels": (("a b", ""),)}, "'a b'"),
        ({"labels": (("bigflow-job", ""),)}, "framework's own"),
        ({"labels": (("Upper/x", ""),)}, "Upper"),
        ({"labels": (("/x", ""),)}, "'/x'"),
        ({"labels": (("x" * 64, ""),)}, "labels key"),
        ({"annotations": (("", ""),)}, "annotations key"),
        ({"node_selector": (("disk", "a b"),)}, "node_selector value"),
        ({"tolerations": (Toleration("a", effect="Never"),)}, "'Never'"),
        ({"tolerations": (Toleration("a", "In"),)}, "'In'"),
        ({"tolerations": (Toleration("a", "Exists", "x"),)}, "'x'"),
        ({"tolerations": (Toleration(),)}, "without key"),
        ({"tolerations": (Toleration("a", seconds=1),)}, "seconds"),
        ({"volumes": (Volume("data", "claim", "x"),)}, "'data'"),
        ({"volumes": (Volume("/a:b", "claim", "x"),)}, "'/a:b'"),
        ({"volumes": (Volume("/a", "claim", "X Y"),)}, "claim"),
        ({"volumes": (Volume("/a", "secret", ""),)}, "secret"),
        ({"volumes": (Volume("/a", "empty_dir", "big"),)}, "'big'"),
    ],
)
def test_what_is_wrong_with_a_job(said: dict[str, object], part: str) -> None:
    (one,) = broken(with_settings(**said))
    assert part in one.message
    assert one.job_id == "fetch"
    assert one.hint


def test_two_volumes_at_one_place() -> None:
    volume = Volume("/data", "claim", "data")
    assert {one.message for one in broken(with_settings(volumes=(volume, volume)))} == {
        "two volumes are mounted at '/data'"
    }


@pytest.mark.parametrize(
    ("text", "number"),
    [("500m", 0.5), ("2", 2), ("1.5", 1.5), (".5", 0.5), ("2Gi", 2 * 2**30), ("2G", 2e9), ("1e3", 1000), ("1Ki", 1024)],
)
def test_quantities(text: str, number: float) -> None:
    assert quantity(text) == pytest.approx(number)


@given(st.text(st.sampled_from("0123456789.eEmkKMGiB+- "), max_size=6))
def test_a_quantity_is_a_number_or_nothing(text: str) -> None:
    number = quantity(text)
    assert number is None or number >= 0
    if " " in text or "B" in text or not any(letter.isdigit() for letter in text):
        assert number is None


def test_many_jobs_are_worth_a_word() -> None:
    jobs = tuple(TaskSpec(f"job_{number}", f"x-{number}", (), TaskSettings()) for number in range(MANY_JOBS + 1))
    (one,) = doubtful(replace(SMALL, tasks=jobs))
    assert f"{MANY_JOBS + 1} jobs" in one.message
    assert [*broken(replace(SMALL, tasks=jobs))] == []


@pytest.mark.parametrize(
    ("resources", "part"),
    [
        (Resources(cpu="500m", memory="2G"), None),
        (Resources(cpu="1", memory="16G", disk="100G"), None),
        (Resources(cpu="3"), "give 4"),
        (Resources(cpu="100m"), "give 0.25"),
        (Resources(cpu="64"), "give 32"),
        (Resources(memory="2Gi"), "give 3G"),
        (Resources(memory="512Mi"), "give 2G"),
        (Resources(disk="101G"), "100G"),
    ],
)
def test_what_composer_3_would_round(resources: Resources, part: str | None) -> None:
    hints = [one.hint for one in composer.doubtful(with_settings(resources=resources))]
    assert hints == [] if part is None else [part in hint for hint in hints] == [True]


def test_composer_3_has_one_namespace() -> None:
    assert ["not in jobs" in one.message for one in composer.misplaced("jobs")] == [True]
    assert [*composer.misplaced(composer.NAMESPACE)] == []
