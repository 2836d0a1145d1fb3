"""Turns alerts into the callbacks of a DAG: each tells one place, once for a run that has failed."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from bigflow.dags.source import Call, Code, Value, source
from bigflow.dags.spec import Alert, AlertKind

IMPORTS: dict[AlertKind, str] = {
    "webhook": "from airflow.providers.http.hooks.http import HttpHook",
    "slack": "from airflow.providers.slack.notifications.slack_webhook import SlackWebhookNotifier",
    "email": "from airflow.providers.smtp.notifications.smtp import SmtpNotifier",
}
_TEXT = Code('FAILED + context["run_id"]')
_Pairs = tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class Callback:
    """A function of the file: its name, and what it does."""

    name: str
    call: str


def callbacks(alerts: tuple[Alert, ...]) -> Iterator[Callback]:
    """One function an alert: Airflow goes on with the next one when one fails."""
    seen: Counter[AlertKind] = Counter()
    for alert in alerts:
        seen[alert.kind] += 1
        number = f"_{seen[alert.kind]}" if seen[alert.kind] > 1 else ""
        call, method, arguments = _told(alert)
        ending = f".{method}({arguments})"
        yield Callback(f"tell_{alert.kind}{number}", source(call, indent=4, after=len(ending)) + ending)


def _told(alert: Alert) -> tuple[Call, str, str]:
    """What is made, and called how.

    A notifier would render its fields itself, but into itself: the second run would be told as the first. So it is made
    anew each time, of plain text, and is given no more than it asks for.
    """
    if alert.kind == "webhook":
        made = Call("HttpHook", (("method", "POST"), ("http_conn_id", alert.connection)))
        return made, "run", f'json={{"text": {_TEXT.text}, **LABELS}}'
    if alert.kind == "slack":
        notifier = Call("SlackWebhookNotifier", (("slack_webhook_conn_id", alert.connection), ("text", _TEXT)))
        return notifier, "notify", '{"dag": dag}'
    sender: _Pairs = (("from_email", alert.sender),) if alert.sender else ()
    words: _Pairs = (("subject", _TEXT), ("html_content", _TEXT))
    notifier = Call("SmtpNotifier", (("smtp_conn_id", alert.connection), ("to", alert.to), *sender, *words))
    return notifier, "notify", '{"dag": dag}'
