"""Makes DagSpecs for tests: a small one, one that says all that can be said, and random ones."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from bigflow.dags.binding import Bindings
from bigflow.dags.spec import (
    Alert,
    DagSpec,
    Param,
    Resources,
    TaskSettings,
    TaskSpec,
    Timetable,
    Toleration,
    Volume,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
BINDINGS = Bindings("europe-docker.pkg.dev/shop/images/shop@sha256:4be1", "1.4.2", "prod")
SMALL = DagSpec(
    project="shop",
    package="project_package",
    workflow_id="daily",
    dag_id="daily",
    timetable=Timetable("cron", "0 0 * * *"),
    start_date=START,
    tasks=(
        TaskSpec("fetch", "daily-fetch", (), TaskSettings()),
        TaskSpec("clean", "daily-clean", ("fetch",), TaskSettings()),
    ),
)
FULL = DagSpec(
    project="shop",
    package="project_package",
    workflow_id="Mart.orders",
    dag_id="Mart.orders",
    timetable=Timetable("cron", "30 3 * * 1-5", timezone="Europe/Warsaw"),
    start_date=datetime(2026, 1, 1, 2, 30, tzinfo=UTC),
    tasks=(
        TaskSpec(
            "load",
            "mart-orders-load",
            (),
            TaskSettings(
                environment=(("MODE", "full"), ("QUERY", "{{ not.a.template }}")), resources=Resources("500m", "2Gi")
            ),
            doc="Loads orders.\n\nAll of them.",
        ),
        TaskSpec(
            "check-all",
            "mart-orders-check-all",
            ("load",),
            TaskSettings(
                retries=0,
                trigger_rule="all_done",
                priority=10,
                pool="heavy-jobs",
                resources=Resources("2", "8Gi", "20Gi", "1"),
                labels=(("team", "data & more"),),
                annotations=(("example.com/note", 'say "it\'s"'),),
                service_account="reader",
                node_selector=(("disk", "ssd"),),
                tolerations=(Toleration("gpu", "Exists", effect="NoExecute", seconds=60),),
                spot=True,
                image="europe-docker.pkg.dev/shop/images/checks:3",
                pull_policy="IfNotPresent",
                pull_secrets=("registry",),
                volumes=(
                    Volume("/cache", "empty_dir", "10Gi"),
                    Volume("/shared", "claim", "shared", read_only=True),
                    Volume("/etc/keys", "secret", "keys"),
                    Volume("/etc/shop", "config_map", "settings"),
                ),
            ),
        ),
        TaskSpec(
            "report", "mart-orders-report", ("load", "check-all"), TaskSettings(resources=Resources("500m", "2Gi"))
        ),
    ),
    catchup=True,
    depends_on_past=True,
    max_active_runs=3,
    description="Orders, once a working day",
    doc="Orders, once a working day",
    tags=("mart", "orders"),
    owner="data team",
    params=(
        Param("country", "text", '"pl"'),
        Param("top", "integer", "5"),
        Param("since", "text", "null", nullable=True),
    ),
    alerts=(
        Alert("slack", "slack_default"),
        Alert("email", "smtp_default", ("team@example.com",)),
        Alert("webhook", "ops"),
    ),
    deadline_sec=7200,
    secrets=("bf_password", "bf_token"),
)

_TEXTS = st.text(max_size=20)
_NAMES = st.text(min_size=1, max_size=20)
_PAIRS = st.dictionaries(_TEXTS, _TEXTS, max_size=3).map(lambda one: tuple(one.items()))
_SETTINGS = st.builds(
    TaskSettings,
    environment=_PAIRS,
    labels=_PAIRS,
    annotations=_PAIRS,
    pool=st.none() | _TEXTS,
    resources=st.builds(Resources, _TEXTS, _TEXTS, _TEXTS, _TEXTS),
    spot=st.booleans(),
    retry_pause_sec=st.floats(0, 1e6),
    tolerations=st.lists(st.builds(Toleration, _TEXTS), max_size=2).map(tuple),
    volumes=st.lists(st.builds(Volume, _TEXTS, st.just("claim"), _TEXTS, st.booleans()), max_size=2).map(tuple),
    pull_secrets=st.lists(_TEXTS, max_size=2).map(tuple),
)


@st.composite
def specs(draw: st.DrawFn) -> DagSpec:
    """Whatever the types allow: also what the rules would refuse."""
    ids = draw(st.lists(_TEXTS, min_size=1, max_size=4, unique=True))
    tasks = tuple(
        TaskSpec(one, draw(_NAMES), tuple(ids[:place][:2]), draw(_SETTINGS), draw(_TEXTS))
        for place, one in enumerate(ids)
    )
    return DagSpec(
        project=draw(_TEXTS),
        package=draw(_TEXTS),
        workflow_id=draw(_TEXTS),
        dag_id=draw(_TEXTS.filter(lambda text: "\0" not in text)),
        timetable=draw(st.sampled_from([Timetable("none"), Timetable("once"), Timetable("delta", seconds=7.5)])),
        start_date=draw(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))),
        tasks=tasks,
        description=draw(_TEXTS),
        doc=draw(_TEXTS),
        tags=tuple(draw(st.lists(_TEXTS, max_size=2))),
        owner=draw(_TEXTS),
        params=tuple(Param(name, "text", '"x"') for name in draw(st.sets(_TEXTS, max_size=2))),
        alerts=tuple(
            draw(st.lists(st.builds(Alert, st.sampled_from(["slack", "email", "webhook"]), _TEXTS), max_size=2))
        ),
        secrets=tuple(draw(st.lists(_TEXTS, max_size=2))),
        env_variable=draw(_TEXTS),
        deadline_sec=draw(st.none() | st.floats(1, 1e6)),
    )
