"""Turns plain data into its one canonical JSON text, and the JSON of strangers into data of a known shape."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NoReturn

from bigflow.errors import OutsideError


class Malformed(OutsideError):
    """A document of somebody else is not what such a document has to be."""


def canonical(data: object) -> bytes:
    """The one text for this data: sorted, without spaces, in ASCII."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON object of a stranger. `what` names it in errors. What is null counts as absent: Go writes both."""

    what: str
    data: Mapping[str, object]

    def text(self, key: str, default: str | None = None) -> str:
        value = self.data.get(key)
        if value is None and default is not None:
            return default
        return value if isinstance(value, str) else self._wrong(key, "a text")

    def number(self, key: str, default: int | None = None) -> int:
        value = self.data.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 63:
            self._wrong(key, "a number of bytes")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, empty where there is none."""
        return tuple(
            value if isinstance(value, str) else self._wrong(key, "a list of texts") for value in self._list(key)
        )

    def part(self, key: str) -> "Document":
        """An object inside, empty where there is none."""
        return self._document(key, {} if self.data.get(key) is None else self.data[key])

    def parts(self, key: str) -> tuple["Document", ...]:
        """A list of objects, empty where there is none."""
        return tuple(self._document(key, value) for value in self._list(key))

    def pairs(self, key: str) -> tuple[tuple[str, str], ...]:
        """An object whose values are texts, in the order of its keys."""
        part = self.part(key)
        return tuple((name, part.text(name)) for name in sorted(part.data))

    def _list(self, key: str) -> Iterable[object]:
        value = self.data.get(key)
        if value is None:
            return ()
        return value if isinstance(value, list) else self._wrong(key, "a list")

    def _document(self, key: str, value: object) -> "Document":
        return Document(f"{self.what}: {key}", value) if isinstance(value, dict) else self._wrong(key, "an object")

    def _wrong(self, key: str, wanted: str) -> NoReturn:
        found = "is missing" if self.data.get(key) is None else f"is not {wanted}"
        raise Malformed(f"{self.what}: {key!r} {found}")


def parsed(data: bytes, what: str) -> Document:
    """The JSON object that these bytes are."""
    try:
        value = json.loads(data.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"{what} is not JSON: {str(error)[:100]}") from None
    if not isinstance(value, dict):
        raise Malformed(f"{what} is not a JSON object")
    return Document(what, value)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")
