"""Turns a DagSpec into the arguments of its DAG, but for those that it hands on to its tasks."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bigflow.dags.alerts import callbacks
from bigflow.dags.source import Call, Code, Table, Value
from bigflow.dags.spec import DagSpec, Param, Timetable

TIMETABLES = {"cron": "CronDataIntervalTimetable", "delta": "DeltaDataIntervalTimetable"}
RUNTIME_PARAM = "runtime"
_Pairs = tuple[tuple[str, Value], ...]
_RUNTIME = Call(
    "Param",
    (
        ("", None),
        ("type", ("null", "string")),
        ("description", "Start of the period to process: 2026-11-19 03:00. Empty: as the run's dates say."),
    ),
)
_TYPES = {
    "text": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "list": "array",
    "object": "object",
    "date": "string",
    "moment": "string",
}
_FORMATS = {"date": "date", "moment": "date-time"}


def dag_arguments(spec: DagSpec, *, paused: bool, last: datetime | None) -> Iterator[tuple[str, Value]]:
    """All that is said of the DAG itself."""
    yield "dag_id", spec.dag_id
    if spec.description:
        yield "description", spec.description
    if spec.doc:
        yield "doc_md", f"{spec.doc}\n"  # Airflow takes what ends in `.md` for the name of a file
    if spec.tags:
        yield "tags", spec.tags
    yield "schedule", _schedule(spec.timetable)
    yield "start_date", _moment(spec.start_date)
    if last is not None:
        yield "end_date", _moment(last)  # Airflow makes no run for a period that starts later
    yield "catchup", spec.catchup
    yield "max_active_runs", spec.max_active_runs
    if spec.deadline_sec is not None:
        yield "dagrun_timeout", timedelta(seconds=spec.deadline_sec)
    yield "is_paused_upon_creation", paused
    if spec.alerts:
        yield "on_failure_callback", tuple(Code(callback.name) for callback in callbacks(spec.alerts))
    yield "params", Table(((RUNTIME_PARAM, _RUNTIME), *((param.name, _param(param)) for param in spec.params)))


def _schedule(timetable: Timetable) -> Value:
    if timetable.kind == "cron":
        return Call(TIMETABLES["cron"], (("", timetable.cron), ("timezone", timetable.timezone)))
    if timetable.kind == "delta":
        return Call(TIMETABLES["delta"], (("", timedelta(seconds=timetable.seconds)),))
    return "@once" if timetable.kind == "once" else None


def _moment(moment: datetime) -> Call:
    utc = moment.astimezone(UTC)
    parts = [utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second, utc.microsecond]
    while len(parts) > len(("year", "month", "day")) and not parts[-1]:
        parts.pop()
    return Call("datetime", (*(("", part) for part in parts), ("tzinfo", Code("timezone.utc"))))


def _param(param: Param) -> Call:
    kind = _TYPES[param.kind]
    form: _Pairs = (("format", _FORMATS[param.kind]),) if param.kind in _FORMATS else ()
    nullable: Value = ("null", kind) if param.nullable else kind
    return Call("Param", (("", _json_value(json.loads(param.default))), ("type", nullable), *form))


def _json_value(value: object) -> Value:
    if isinstance(value, list):
        return tuple(map(_json_value, value))
    if isinstance(value, dict):
        return Table(tuple((str(key), _json_value(one)) for key, one in value.items()))
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise AssertionError(f"JSON holds no {type(value)}")
