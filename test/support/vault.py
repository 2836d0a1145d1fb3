"""Answers as a vault does: a token of Google for whoever shows the right secret in X-Vault-Token."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from support.google_storage import served

SECRET = "s.the-secret-that-nobody-may-see"


@dataclass
class StandInVault:
    """What it gives, and how often it was asked."""

    endpoint: str = ""
    tokens: list[str] = field(default_factory=lambda: ["ya29.first", "ya29.second", "ya29.third"])
    given: int = 0
    broken: tuple[int, bytes] | None = None  # an answer instead of a token

    def answer(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        if method != "GET" or headers.get("X-Vault-Token") != SECRET:
            return 403, {}, f'{{"errors": ["permission denied for {headers.get("X-Vault-Token")}"]}}'.encode()
        if self.broken:
            return self.broken[0], {}, self.broken[1]
        token = self.tokens[min(self.given, len(self.tokens) - 1)]
        self.given += 1
        return 200, {"Content-Type": "application/json"}, f'{{"data": {{"token": "{token}"}}}}'.encode()


@contextmanager
def vault() -> Iterator[StandInVault]:
    """One that answers on a port of this machine."""
    stand_in = StandInVault()
    with served(stand_in.answer) as address:
        stand_in.endpoint = f"{address}/v1/gcp/token"
        yield stand_in
