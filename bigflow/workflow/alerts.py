"""Turns words about whom to tell into values: alerts of a workflow, one message for each run that fails."""

from typing import NamedTuple, TypeAlias


class Slack(NamedTuple):
    """To an incoming webhook of Slack, which knows its channel."""

    connection: str


class Email(NamedTuple):
    """To one or more addresses."""

    to: tuple[str, ...]
    connection: str
    sender: str


class Webhook(NamedTuple):
    """To any other service: a POST with a JSON body."""

    connection: str


Alert: TypeAlias = Slack | Email | Webhook


def slack(connection: str = "slack_default") -> Slack:
    """Tell Slack. The Airflow connection (of type slackwebhook) holds the secret address."""
    return Slack(connection)


def email(*to: str, connection: str = "smtp_default", sender: str = "") -> Email:
    """Tell these addresses. The Airflow connection (of type smtp) knows the server, and the sender if none is said."""
    return Email(to, connection, sender)


def webhook(connection: str) -> Webhook:
    """Tell a service. The Airflow connection (of type http) holds the address, in its host."""
    return Webhook(connection)
