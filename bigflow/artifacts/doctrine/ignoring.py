"""Turns outputs into lines of ignore files that say why, and ignore files into the lines that do not."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from bigflow.artifacts.doctrine.patterns import for_docker
from bigflow.artifacts.doctrine.repository import Output, Repository


def demanded_lines(outputs: Iterable[Output], *, docker: bool) -> tuple[str, ...]:
    """A comment for each reason, and the patterns below it."""
    lines: list[str] = []
    for reason, group in groupby(outputs, key=lambda output: (output.why, output.again)):
        lines.append(f"# {reason[0]}; again: {reason[1]}")
        lines += [for_docker(output.pattern) if docker else output.pattern for output in group]
    return tuple(lines)


def appended(text: str, lines: Iterable[str]) -> str:
    """The text of an ignore file with these lines at its end, where they win. Its own ends of lines are kept."""
    end = "\r\n" if "\r\n" in text else "\n"
    before = text if not text or text.endswith("\n") else text + end
    return before + end.join((*lines, ""))


def unexplained(repository: Repository) -> Iterator[tuple[str, int, str]]:
    """The lines about outputs above which, without a gap, there is no comment: file, number, line."""
    names = {form for output in repository.outputs for form in _plain_forms(output.pattern)}
    for file, lines in repository.ignore_lines:
        commented = False
        for number, line in enumerate(lines, 1):
            if not line.strip():
                commented = False
            elif line.startswith("#"):
                commented = True
            elif not commented and _plain(line) in names:
                yield file, number, line.strip()


def _plain_forms(pattern: str) -> tuple[str, str]:
    return _plain(pattern), _plain(for_docker(pattern))


def _plain(line: str) -> str:
    """The name that a line is about: `/build/`, `build` and `**/build` are the same to a reader."""
    return line.strip().removeprefix("**/").strip("/")
