"""Turns a bound DAG into the text of its file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from bigflow._optional import need
from bigflow.dags import commands, mark, pods
from bigflow.dags.alerts import IMPORTS, Callback, callbacks
from bigflow.dags.binding import Bindings, BoundDag
from bigflow.dags.dag_arguments import TIMETABLES, dag_arguments
from bigflow.dags.names import slug
from bigflow.dags.source import Call, Code, Table, Value, arguments, source
from bigflow.dags.spec import DagSpec, Pairs, TaskSpec

if TYPE_CHECKING:
    import jinja2


@dataclass(frozen=True, slots=True)
class _File:
    """What the template fills in: values as source, laid out for the place where they stand."""

    mark: str
    imports: tuple[str, ...]
    timetable: str  # the class to import, if the schedule is one
    target: str  # empty: to be found out in Airflow
    config: str
    env_vars: str
    labels: str
    failed: str
    alerts: tuple[Callback, ...]
    words: str
    name: str  # what the names of the pods begin with
    dag: str
    default_args: str
    jobs: tuple[str, ...]


def render(bound: BoundDag) -> str:
    """The file. It depends on nothing but the DAG, and it compiles."""
    text: str = _template().render(file=_file(bound))
    compile(text, f"{bound.spec.dag_id}.py", "exec", dont_inherit=True)
    return text


@cache
def _template() -> "jinja2.Template":
    library = need("jinja2", "rendering DAG files")
    environment = library.Environment(
        loader=library.PackageLoader("bigflow.dags", "."),
        undefined=library.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    template: jinja2.Template = environment.get_template("dag.py.jinja")
    return template


def _file(bound: BoundDag) -> _File:
    spec, bindings = bound.spec, bound.bindings
    distinct = dict.fromkeys(task.settings for task in spec.tasks)
    known = {settings: pods.settings(settings) for settings in distinct}
    usual = pods.usual(known[task.settings] for task in spec.tasks)
    own = {settings: tuple(pods.differences(said, usual)) for settings, said in known.items()}
    config = commands.configuration(spec, bindings.environment)
    target = _target(bindings)
    prefix = f"{slug(spec.workflow_id)}-"
    shared = _shared(task.settings.environment for task in spec.tasks)
    return _File(
        mark=mark.written(mark.Mark(spec.project, spec.workflow_id, bindings.version)),
        imports=tuple(_imports(spec, os=target is None, models=pods.uses_models(known.values()))),
        timetable=TIMETABLES.get(spec.timetable.kind, ""),
        target=source(target) if target else "",
        config=source(config) if config else "",
        env_vars=source(pods.table((*commands.plain(shared), *commands.variables(spec))), before=len("ENV_VARS = ")),
        labels=source(pods.table(pods.labels(spec, bindings.version)), before=len("LABELS = ")),
        failed=source(f"{spec.project}: {spec.workflow_id} {bindings.version} failed in run "),
        alerts=tuple(callbacks(spec.alerts)),
        words=source(commands.words(spec, with_config=bool(config)), indent=12, before=len("arguments=")),
        dag=arguments(dag_arguments(spec, paused=bindings.paused, last=bindings.last), indent=4),
        default_args=source(_default_args(spec, usual), indent=4, before=len("default_args=")),
        name=source(prefix),
        jobs=tuple(
            source(_job(task, _Shared(prefix, shared), own[task.settings]), indent=4, after=0) for task in spec.tasks
        ),
    )


def _imports(spec: DagSpec, *, os: bool, models: bool) -> Iterator[str]:
    """In the order in which a formatter sorts them."""
    if os:
        yield "import os"
    yield "from datetime import datetime, timedelta, timezone"
    yield ""
    yield "from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator"
    if spec.secrets:
        yield "from airflow.providers.cncf.kubernetes.secret import Secret"
    kinds = {alert.kind for alert in spec.alerts}
    yield from (line for kind, line in IMPORTS.items() if kind in kinds)
    if models:
        yield "from kubernetes.client import models as k8s"


def _target(bindings: Bindings) -> Table | None:
    said = (
        ("namespace", bindings.namespace),
        ("config_file", bindings.config_file),
        ("kubernetes_conn_id", bindings.connection),
    )
    return pods.table((name, value) for name, value in said if value)


def _shared(each: Iterable[Pairs]) -> Pairs:
    """What all jobs say in the same words, so that it need be said but once."""
    distinct = dict.fromkeys(each)
    return next(iter(distinct)) if len(distinct) == 1 else ()


def _default_args(spec: DagSpec, usual: dict[str, Value]) -> Table:
    items: list[tuple[str | Code, Value]] = [
        ("owner", spec.owner or "airflow"),
        ("depends_on_past", spec.depends_on_past),
        *pods.worth_saying(usual),
        (Code("TARGET"), None),
        ("cmds", ("python", "-m", "bigflow", "run")),
        ("do_xcom_push", False),
        ("log_events_on_failure", True),
        ("on_finish_action", "delete_pod"),
    ]
    if spec.secrets:
        items.append(("secrets", tuple(map(commands.secret, spec.secrets))))
    return Table(tuple(items))


@dataclass(frozen=True, slots=True)
class _Shared:
    """What jobs need not say."""

    prefix: str  # of their pods' names
    environment: Pairs


def _job(task: TaskSpec, shared: _Shared, own: pods.Settings) -> Call:
    """The call that makes the task, with all in which it differs from the others."""
    said: list[tuple[str, Value]] = [("", task.job_id)]
    if task.pod_name != shared.prefix + task.job_id.replace("_", "-"):
        said.append(("name", task.pod_name))
    if task.after:
        said.append(("after", task.after))
    said += own
    if task.settings.environment != shared.environment:
        said.append(("env_vars", pods.table(commands.plain(task.settings.environment))))
    if found := pods.job_labels(task):
        said.append(("labels", pods.table(found)))
    if task.doc:
        said.append(("doc_md", f"{task.doc}\n"))
    return Call("job", tuple(said))
