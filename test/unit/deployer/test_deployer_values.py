"""Addresses, records, forecasts, differences, links and secrets: functions of values."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.built import NOW, named
from support.dag_specs import FULL, SMALL, specs

from bigflow.containers.descriptor import MANIFEST, Descriptor
from bigflow.containers.registry import Registries
from bigflow.dags.binding import Bindings
from bigflow.dags.spec import Alert, Resources, TaskSettings, TaskSpec, Timetable
from bigflow.deployer.differences import differences
from bigflow.deployer.forecast import MOST, forecast
from bigflow.deployer.handover import deployed
from bigflow.deployer.links import log_links
from bigflow.deployer.place import address_of
from bigflow.deployer.record_json import (
    RecordDamaged,
    read_release,
    read_state,
    release_text,
    state_text,
)
from bigflow.deployer.release import Deployed, DeployedImage, Entry, Intent, Release, State
from bigflow.deployer.secrets_needed import needed_secrets
from bigflow.deployer.settings import Settings, image_place
from bigflow.deployer.targets.registry import RegistryPlace
from bigflow.deployer.vault import Vault
from bigflow.errors import UsageError

BINDINGS = Bindings("shop@sha256:1", "1.0", "prod")
TEXTS = st.text(max_size=20)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
BOUND = st.builds(
    Bindings,
    TEXTS,
    TEXTS,
    resources=st.builds(Resources, TEXTS),
    timetable=st.none() | st.just(Timetable("cron", "0 0 * * *")),
    alerts=st.none() | st.lists(st.builds(Alert, st.just("email"), TEXTS, st.tuples(TEXTS)), max_size=2).map(tuple),
    paused=st.booleans(),
    first=st.none() | MOMENTS,
    last=st.none() | MOMENTS,
)
DEPLOYED = st.builds(Deployed, specs(), BOUND, TEXTS)
IMAGES = st.builds(DeployedImage, TEXTS, TEXTS, TEXTS, st.just(Descriptor(MANIFEST, "sha256:" + "0" * 64, 3)))
RELEASES = st.builds(
    Release,
    st.integers(1, 999),
    TEXTS,
    TEXTS,
    st.just("deploy"),
    TEXTS,
    st.none() | TEXTS,
    TEXTS,
    MOMENTS,
    st.lists(IMAGES, max_size=2).map(tuple),
    st.lists(DEPLOYED, max_size=3, unique_by=lambda dag: dag.spec.dag_id).map(
        lambda dags: tuple(sorted(dags, key=lambda dag: dag.spec.dag_id))
    ),
    TEXTS,
)


@given(RELEASES)
def test_a_release_survives_its_record(release: Release) -> None:
    assert read_release(release_text(release), "here") == release


ENTRIES = st.builds(
    Entry, st.integers(1), TEXTS, st.just("rollback"), TEXTS, st.none() | TEXTS, TEXTS, MOMENTS, TEXTS, st.integers(0)
)
INTENTS = st.builds(
    Intent,
    TEXTS,
    TEXTS,
    TEXTS,
    MOMENTS,
    st.just("undeploy"),
    TEXTS,
    st.lists(TEXTS, max_size=3).map(tuple),
    st.lists(st.tuples(TEXTS, st.none() | TEXTS), max_size=2).map(tuple),
)


@given(st.builds(State, TEXTS, st.lists(ENTRIES, max_size=3).map(tuple), st.none() | INTENTS))
def test_a_state_survives_its_record(state: State) -> None:
    assert read_state(state_text(state), "here") == state


@given(st.data())
def test_a_record_cut_anywhere_is_told(data: st.DataObject) -> None:
    dag = deployed(SMALL, BINDINGS)
    whole = release_text(Release(1, "shop", "prod", "deploy", "1", None, "anna", NOW, (), (dag,)))
    cut = data.draw(st.integers(0, len(whole) - 2))
    with pytest.raises(RecordDamaged) as error:
        read_release(whole[:cut], "the/record")
    assert error.value.where == "the/record"


def test_a_record_of_a_newer_framework_is_not_guessed_at() -> None:
    newer = state_text(State("shop")).replace(b'"schema": 1', b'"schema": 2')
    with pytest.raises(RecordDamaged, match="it is not of schema 1"):
        read_state(newer, "here")


@pytest.mark.parametrize("text", [b"[]", b"{}", b"null", b'{"schema": 2}', b'{"schema": 1}', b"\xff"])
def test_what_is_no_record(text: bytes) -> None:
    for read in (read_release, read_state):
        with pytest.raises(RecordDamaged):
            read(text, "here")


@pytest.mark.parametrize(
    ("said", "root", "dags", "records"),
    [
        ("my-bucket", "gs://my-bucket", "dags", "bigflow/shop"),
        ("gs://my-bucket", "gs://my-bucket", "dags", "bigflow/shop"),
        ("gs://my-bucket/dags/", "gs://my-bucket", "dags", "bigflow/shop"),
        ("s3://b/team/airflow/dags", "s3://b/team/airflow", "dags", "bigflow/shop"),
        ("s3://b/jobs", "s3://b", "jobs", "bigflow/shop"),
        ("./dags", "./dags", "", ".bigflow/shop"),
        ("build/deployed/dags", "build/deployed/dags", "", ".bigflow/shop"),
        ("/mnt/dags/", "/mnt/dags", "", ".bigflow/shop"),
        ("file:///mnt/dags", "file:///mnt/dags", "", ".bigflow/shop"),
    ],
)
def test_where_dags_and_records_lie(said: str, root: str, dags: str, records: str) -> None:
    address = address_of(said, "shop")
    assert (address.root, address.dags, address.records) == (root, dags, records)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("oci-layout:images", "LayoutPlace"),
        ("build/deployed/images", "LayoutPlace"),
        ("./images", "LayoutPlace"),
        ("/mnt/images", "LayoutPlace"),
        ("localhost:5000/shop", "RegistryPlace"),
        ("localhost/shop", "RegistryPlace"),
        ("docker.io/team/shop", "RegistryPlace"),
        ("europe-docker.pkg.dev/p/r/shop", "RegistryPlace"),
    ],
)
def test_what_names_no_registry_is_a_folder(said: str, kind: str) -> None:
    assert type(image_place(said, "shop", Registries())).__name__ == kind


@pytest.mark.parametrize(
    "said", ["eu.gcr.io/p/shop:1", "eu.gcr.io/p/shop:latest", f"eu.gcr.io/p/shop@sha256:{'0' * 64}"]
)
def test_a_repository_is_no_image(said: str) -> None:
    with pytest.raises(UsageError, match=r"leave the tag out|names one image"):
        RegistryPlace(said, Registries()).reference("sha256:" + "1" * 64)


@pytest.mark.parametrize(
    ("changes", "known", "first", "at_once", "catchup"),
    [
        ({"start_date": NOW - timedelta(days=30)}, False, 20, True, 0),
        ({"start_date": NOW - timedelta(days=30)}, True, 21, False, 0),
        ({"start_date": NOW - timedelta(days=30), "catchup": True}, True, 21, False, 0),
        ({"start_date": datetime(2026, 11, 20, tzinfo=UTC)}, False, 21, False, 0),
        ({"start_date": datetime(2026, 11, 24, tzinfo=UTC)}, False, 25, False, 0),
        ({"start_date": datetime(2026, 11, 20, tzinfo=UTC), "catchup": True}, False, 21, False, 0),
        ({"start_date": datetime(2026, 11, 10, tzinfo=UTC), "catchup": True}, False, 11, True, 10),
    ],
)
def test_what_airflow_will_do(changes: dict, known: bool, first: int, at_once: bool, catchup: int) -> None:
    told = forecast(deployed(named("daily", **changes), BINDINGS), known, NOW)
    assert told.period is not None
    assert (told.period.end.day, told.at_once, told.catchup) == (first, at_once, catchup)


@pytest.mark.parametrize(("kind", "words"), [("none", "no schedule"), ("once", "once")])
def test_where_no_time_decides(kind: str, words: str) -> None:
    told = forecast(deployed(named("daily", timetable=Timetable(kind)), BINDINGS), False, NOW)  # type: ignore[arg-type]
    assert (told.schedule, told.period, told.catchup) == (words, None, 0)


def test_very_many_runs_are_not_counted_to_the_end() -> None:
    spec = named("daily", timetable=Timetable("cron", "* * * * *"), catchup=True, start_date=NOW - timedelta(days=900))
    assert forecast(deployed(spec, BINDINGS), False, NOW).catchup == MOST + 1


def test_differences_are_told_in_the_words_of_the_workflow() -> None:
    load = TaskSpec("load", "daily-load", (), TaskSettings(environment=(("API_TOKEN", "hunter2"), ("MODE", "full"))))
    old = deployed(replace(SMALL, tasks=(load,)), BINDINGS)
    settings = TaskSettings(retries=5, environment=(("API_TOKEN", "hunter3"), ("MODE", "half")))
    new_load = replace(load, settings=settings)
    more = TaskSpec("more", "daily-more", ("load",), TaskSettings())
    new = deployed(
        replace(SMALL, tasks=(new_load, more), timetable=Timetable("cron", "0 1 * * *")),
        replace(BINDINGS, image="shop@sha256:2", namespace="prod", resources=Resources(memory="2Gi")),
    )
    found = {one.what: (one.before, one.after) for one in differences(old, new)}
    assert found["schedule"] == ("0 0 * * * UTC", "0 1 * * * UTC")
    assert found["image"] == ("shop@sha256:1", "shop@sha256:2")
    assert found["namespace"] == ("", "prod")
    assert found["job load: retries"] == ("3", "5")
    assert found["job load: resources"] == ("", "memory=2Gi")
    assert found["job load: variable MODE"] == ("full", "half")
    assert found["job more"] == ("", "there")
    assert "job load: image" not in found
    assert "hunter" not in str(found)
    assert differences(old, old) == ()


@given(specs(), BOUND)
def test_a_dag_does_not_differ_from_itself(spec, bindings) -> None:
    dag = Deployed(spec, bindings, "text")
    assert differences(dag, dag) == ()
    assert [one.what for one in differences(dag, replace(dag, text="other"))] == ["file"]


def test_secrets_come_with_the_command_that_creates_them() -> None:
    dags = [deployed(FULL, replace(BINDINGS, namespace="prod")), deployed(named("x", secrets=("bf_token",)), BINDINGS)]
    assert [(one.command, one.workflows) for one in needed_secrets(dags)] == [
        ("kubectl create secret generic bf-password --namespace prod --from-file=bf_password=FILE", ("Mart.orders",)),
        ("kubectl create secret generic bf-token --from-file=bf_token=FILE", ("x",)),
        ("kubectl create secret generic bf-token --namespace prod --from-file=bf_token=FILE", ("Mart.orders",)),
    ]


def test_links_to_logs() -> None:
    release = Release(1, "shop", "prod", "deploy", "1", None, "anna", NOW, (), (deployed(SMALL, BINDINGS),))
    links = log_links(release, "daily", gcp_project_id="p&q", airflow_url="https://airflow.example/")
    assert links[0].url == "https://airflow.example/dags/daily"
    assert links[1].url.endswith("?project=p%26q")
    assert "bigflow-workflow%22%3D%22daily%22" in links[1].url
    assert log_links(release, "daily", gcp_project_id="", airflow_url="") == ()
    with pytest.raises(UsageError, match="did you mean 'daily'"):
        log_links(release, "dialy", gcp_project_id="", airflow_url="")


def test_settings_do_not_show_secrets() -> None:
    settings = Settings(vault=Vault("https://v", "hunter2"), https_proxy="http://anna:hunter2@proxy")
    assert "hunter2" not in repr(settings)
