"""Turns the project as it lies there into whether what was built still fits, and the configuration is right."""

import argparse
from collections.abc import Iterable, Iterator

from bigflow.builder.check import Checked, checked
from bigflow.cli.build_json import told, valid
from bigflow.cli.console import Console
from bigflow.cli.here import go_into, outside_of_a_project, project_root
from bigflow.cli.options import add_json, add_variant
from bigflow.errors import ExitCode, Finding


def add_options(parser: argparse.ArgumentParser) -> None:
    add_variant(parser)
    add_json(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    root = project_root(arguments, console)
    if root is None:
        raise outside_of_a_project(arguments)
    go_into(root, console)
    found = tuple(checked(root))
    if console.json:
        console.data_json(told([_as_json(one) for one in found], console))
    else:
        for line in _lines(found):
            console.data(valid(console.place(line)))
    return ExitCode.FAILED if any(one.findings for one in found) else ExitCode.OK


def _lines(found: Iterable[Checked]) -> Iterator[str]:
    for one in found:
        yield f" {'!' if one.findings else 'ok':<3} {one.name:<14} {one.summary}".rstrip()
        for mark, findings in (("!", one.findings), ("~", one.notes)):
            for finding in findings:
                yield f"      {mark} {_told(finding)}"


def _told(finding: Finding) -> str:
    return "   ".join(part for part in (finding.message, finding.where, finding.hint) if part)


def _as_json(one: Checked) -> dict[str, object]:
    findings, notes = ([finding._asdict() for finding in findings] for findings in (one.findings, one.notes))
    return {"check": one.name, "summary": one.summary, "passed": not findings, "findings": findings, "notes": notes}
