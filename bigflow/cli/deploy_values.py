"""Turns options and deployment_config.py into the values of one environment, and names all that are missing at once."""

import argparse
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from bigflow.cli.deploy_options import KNOWN
from bigflow.configuration import Config, UnknownProperty
from bigflow.dags.spec import NOTHING_SAID, Alert, Resources, Timetable
from bigflow.errors import Finding, InvalidProject, UsageError
from bigflow.schedule import Schedule
from bigflow.schedule.periods import check
from bigflow.workflow.alerts import Email, Slack, Webhook

_Value = TypeVar("_Value")
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


@dataclass(frozen=True, slots=True)
class Values:
    """What is known of an environment."""

    environment: str
    options: argparse.Namespace
    config: Config | None
    where: str  # of the configuration

    def said(self, name: str) -> object:
        """The value; None if nobody said anything."""
        given = getattr(self.options, name, None)
        if given is not None or self.config is None:
            return given
        try:
            if name in self.config.missing(self.environment):
                return None
            return self.config.resolve_property(name, self.environment)
        except UnknownProperty:
            return None

    def text(self, name: str) -> str:
        """The value, if it is text; empty if nobody said anything."""
        value = self.said(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.wrong(name, f"is {value!r}, and should be text")
        return value.strip()

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.said(name)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        if str(value).lower() in (*_TRUE, *_FALSE):
            return str(value).lower() in _TRUE
        raise self.wrong(name, f"is {value!r}, and should be true or false")

    def need(self, *names: str) -> dict[str, str]:
        """These values; all that are missing are told at once."""
        found = {name: self.text(name) for name in names}
        if missing := [name for name, value in found.items() if not value]:
            raise InvalidProject(self.missing(name) for name in missing)
        return found

    def wrong(self, name: str, what: str) -> UsageError:
        return UsageError(f"{name} {what}", where=self.where, hint=f"{KNOWN[name].options[-1]}: {KNOWN[name].help}")

    def missing(self, name: str) -> Finding:
        """That nobody said it, and where to."""
        value = KNOWN[name]
        example = f", e.g. {value.example}" if value.example else ""
        prefix = self.config.environment_variables_prefix if self.config else "bf_"
        hint = f"{value.options[-1]}, or in {os.path.basename(self.where) or 'deployment_config.py'}, or {prefix}{name}"
        return Finding(f"{name} is missing for the environment {self.environment!r}", self.where, f"{hint}{example}")


def environment_of(options: argparse.Namespace, config: Config | None) -> str:
    """The environment: the one that was named, or the configuration's default."""
    if config is None:
        return options.config or "default"
    return str(config.resolve_property("env", options.config))


def resources(values: Values) -> Resources:
    """Amounts for jobs that name none."""
    said = values.said("resources")
    if said is None:
        return NOTHING_SAID
    amounts = said if isinstance(said, Mapping) else _pairs(str(said), values, "resources")
    try:
        return Resources(**{str(kind): str(amount) for kind, amount in dict(amounts).items()})
    except TypeError:
        raise values.wrong("resources", f"is {said!r}; it knows cpu, memory, disk and gpu") from None


def timetable(values: Values) -> Timetable | None:
    """A schedule for all workflows; None: their own."""
    said = values.said("schedule")
    if said is None:
        return None
    if said is False or said == "none":
        return Timetable("none")
    if not isinstance(said, (str, timedelta)):
        raise values.wrong("schedule", f"is {said!r}, which is no schedule")
    zone = values.text("schedule_timezone") or None
    schedule = Schedule.parse(said, timezone=zone)
    check(schedule)
    seconds = schedule.delta.total_seconds() if schedule.delta else 0
    return Timetable(schedule.kind, schedule.expression, seconds, zone or "UTC")


def alerts(values: Values) -> tuple[Alert, ...] | None:
    """Alerts for all workflows; None: their own."""
    said = values.said("alerts")
    if said is None:
        return None
    if isinstance(said, str):
        if said == "none":
            return ()
        pairs = _pairs(said, values, "alerts")
        return tuple(_alert_named(kind, name, values) for kind, name in pairs)
    if not isinstance(said, Iterable):
        raise values.wrong("alerts", f"is {said!r}, which is no list")
    return tuple(_alert(one, values) for one in said)


def _alert_named(kind: str, name: str, values: Values) -> Alert:
    made: dict[str, Callable[[], Alert]] = {
        "slack": lambda: Alert("slack", name),
        "webhook": lambda: Alert("webhook", name),
        "email": lambda: Alert("email", "smtp_default", (name,)),
    }
    if kind not in made:
        raise values.wrong("alerts", f"has {kind!r}; it knows slack, webhook and email")
    return made[kind]()


def _alert(one: object, values: Values) -> Alert:
    if isinstance(one, Slack):
        return Alert("slack", one.connection)
    if isinstance(one, Email):
        return Alert("email", one.connection, tuple(one.to), one.sender)
    if isinstance(one, Webhook):
        return Alert("webhook", one.connection)
    raise values.wrong("alerts", f"has {one!r}; write slack(), email(...) or webhook(...) of bigflow.workflow.alerts")


def _pairs(text: str, values: Values, name: str) -> list[tuple[str, str]]:
    parts = [part.partition("=") for part in text.split(",") if part.strip()]
    if not parts or not all(equals and value.strip() for _, equals, value in parts):
        raise values.wrong(name, f"is {text!r}, which is no list of NAME=VALUE")
    return [(kind.strip(), value.strip()) for kind, _, value in parts]
