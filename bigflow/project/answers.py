"""Turns what a project's files say into typed values, collecting what is wrong with them."""

import os
import re
from collections.abc import Iterable, Sequence

from bigflow.errors import Finding, nearest
from bigflow.project.declared import Said

Pairs = tuple[tuple[str, object], ...]


class Answers:
    """The first that any file says about each key wins; a wrong one becomes a finding and counts as not said."""

    def __init__(self, said: Iterable[Said]) -> None:
        self._said: dict[str, Said] = {}
        for answer in said:
            self._said.setdefault(answer.key, answer)
        self.findings: list[Finding] = []

    @property
    def sources(self) -> tuple[tuple[str, str], ...]:
        return tuple((key, said.where) for key, said in self._said.items())

    def where(self, key: str, default: str = "") -> str:
        return self._said[key].where if key in self._said else default

    def wrong(self, key: str, message: str, hint: str = "") -> None:
        self.findings.append(Finding(message, self.where(key), hint))

    def text(self, key: str) -> str | None:
        value = self._value(key)
        if value is None or (isinstance(value, str) and value.strip()):
            return value
        number = isinstance(value, int | float) and not isinstance(value, bool)
        self._refuse(key, "text", f'put it in quotes: {key} = "..."' if number else "")
        return None

    def choice(self, key: str, options: Sequence[str]) -> str | None:
        value = self.text(key)
        if value is None or value in options:
            return value
        meant = nearest(value, options)
        hint = f"did you mean '{meant}'?" if meant else f"one of {', '.join(options)}"
        self.wrong(key, f"'{key}' cannot be '{value}'", hint)
        return None

    def shaped(self, key: str, shape: re.Pattern[str], hint: str) -> str | None:
        value = self.text(key)
        if value is None or shape.fullmatch(value):
            return value
        self.wrong(key, f"'{key}' cannot be '{value}'", hint)
        return None

    def flag(self, key: str) -> bool | None:
        value = self._value(key)
        if value is None or isinstance(value, bool):
            return value
        self._refuse(key, "true or false")
        return None

    def texts(self, key: str) -> tuple[str, ...] | None:
        value = self._value(key)
        if value is None:
            return None
        if isinstance(value, list) and all(isinstance(element, str) for element in value):
            return tuple(value)
        self._refuse(key, "a list of texts")
        return None

    def text_or_texts(self, key: str) -> str | tuple[str, ...] | None:
        return self.texts(key) if isinstance(self._value(key), list) else self.text(key)

    def table(self, key: str) -> Pairs:
        value = self._value(key)
        if value is None:
            return ()
        if isinstance(value, dict):
            return tuple(value.items())
        self._refuse(key, "a table")
        return ()

    def path(self, key: str, root: str) -> str | None:
        """A path relative to the project's root. An absolute one, as setup files compute them, is made so."""
        value = self.text(key)
        return None if value is None else os.path.relpath(os.path.join(root, value), root)

    def folder(self, key: str, root: str) -> str | None:
        """A path that lies within the project."""
        value = self.path(key, root)
        if value is None or value.partition(os.sep)[0] not in (os.curdir, os.pardir):
            return value
        self.wrong(key, f"'{key}' must be a folder inside the project, not '{value}'")
        return None

    def data_files(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        value = self._value("data_files")
        if value is None:
            return ()
        if isinstance(value, list) and all(_is_target_and_files(entry) for entry in value):
            return tuple((target, tuple(files)) for target, files in value)
        self._refuse("data_files", "a list of [folder, [files]]")
        return ()

    def rest(self, keys: Iterable[str]) -> Pairs:
        """What was said about none of `keys`."""
        ours = set(keys)
        return tuple((key, said.value) for key, said in self._said.items() if key not in ours)

    def _value(self, key: str) -> object:
        return self._said[key].value if key in self._said else None

    def _refuse(self, key: str, expected: str, hint: str = "") -> None:
        self.wrong(key, f"'{key}' must be {expected}, not {_described(self._value(key))}", hint)


def _is_target_and_files(entry: object) -> bool:
    match entry:
        case [str(), [*files]]:
            return all(isinstance(file, str) for file in files)
    return False


def _described(value: object) -> str:
    match value:
        case {"python": kind, **more} if not more:  # what a setup file computed and JSON cannot say
            return f"a Python object ({kind})"
        case dict():
            return "a table"
        case list():
            return "a list"
        case bool():
            return str(value).lower()
        case "":
            return "nothing"
    return repr(value)
