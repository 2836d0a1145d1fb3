"""Turns a requirements file that asks for 1.11 into one that does not: the framework is installed beside it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# The distribution `bigflow` by name, with or without extras; or from a repository. Not `bigflow-framework`.
_FRAMEWORK = re.compile(
    r"""\s*(?: bigflow \s* (?:\[(?P<extras>[^]]*)\])? \s* (?:[=<>!~@;,\#\\].*)?
             | (?:-e\s+|--editable[ =]\s*)? \S+ \#egg=bigflow (?:\[(?P<more>[^]]*)\])? (?![\w-]) .* )""",
    re.VERBOSE | re.IGNORECASE,
)
_INCLUDED = re.compile(r"^\s*(?:-r|--requirement)[\s=]*([^\s#]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Requirements:
    """A requirements file, without the lines that ask for the framework, and the extras that they asked for."""

    path: str
    before: str
    after: str
    extras: tuple[str, ...]

    @staticmethod
    def included(text: str) -> list[str]:
        """The files that it takes in, relative to its own folder."""
        return _INCLUDED.findall(text)


def without_framework(path: str, text: str) -> Requirements:
    """Everything else stays as it is, comments and line ends too."""
    kept, extras = [], []
    for requirement in _requirements(text):
        found = _FRAMEWORK.fullmatch(requirement.splitlines()[0])
        if found is None:
            kept.append(requirement)
        else:
            extras += [name.strip() for name in (found["extras"] or found["more"] or "").split(",") if name.strip()]
    return Requirements(path, text, "".join(kept), tuple(extras))


def _requirements(text: str) -> Iterator[str]:
    """Line by line; one that ends in a backslash goes on in the next."""
    whole = ""
    for line in text.splitlines(keepends=True):
        whole += line
        if not line.rstrip("\r\n").endswith("\\"):
            yield whole
            whole = ""
    if whole:
        yield whole
