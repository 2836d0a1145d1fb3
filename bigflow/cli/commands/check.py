"""Turns the project as it lies there into whether its files, its configuration and what was built are right."""

import argparse
from collections.abc import Iterable, Iterator

from bigflow import _ambient
from bigflow.builder.check import CHECKS, Ask, Checked, checked
from bigflow.cli.build_json import told, valid
from bigflow.cli.build_options import plain_place
from bigflow.cli.console import Console
from bigflow.cli.here import go_into, outside_of_a_project, project_root
from bigflow.cli.options import add_json, add_variant
from bigflow.errors import ExitCode, Finding


def add_options(parser: argparse.ArgumentParser) -> None:
    add_variant(parser)
    parser.add_argument(
        "--only",
        metavar="CHECK",
        action="append",
        choices=CHECKS,
        help="only this one; repeatable",
    )
    parser.add_argument(
        "--fix", action="store_true", help="add lines to ignore files, and take outputs out of git; no file is removed"
    )
    add_json(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    root = project_root(arguments, console)
    if root is None:
        raise outside_of_a_project(arguments)
    go_into(root, console)
    index = _ambient.environment().get("GIT_INDEX_FILE")
    ask = Ask(frozenset(arguments.only or CHECKS), arguments.fix, index)
    found = tuple(checked(plain_place(root), ask))
    if console.json:
        console.data_json(told([_as_json(one) for one in found], console))
    else:
        for line in _lines(found):
            console.data(valid(console.place(line)))
    return ExitCode.FAILED if any(one.findings for one in found) else ExitCode.OK


def _lines(found: Iterable[Checked]) -> Iterator[str]:
    for one in found:
        yield f" {'!' if one.findings else 'ok':<3} {one.name:<14} {one.summary}".rstrip()
        for mark, findings in (("+", one.mended), ("!", one.findings), ("~", one.notes)):
            for finding in findings:
                yield f"      {mark} {_told(finding)}"


def _told(finding: Finding) -> str:
    return "   ".join(part for part in (finding.message, finding.where, finding.hint) if part)


def _as_json(one: Checked) -> dict[str, object]:
    told = {
        name: [finding._asdict() for finding in findings]
        for name, findings in (("findings", one.findings), ("notes", one.notes), ("mended", one.mended))
    }
    return {"check": one.name, "summary": one.summary, "passed": not one.findings, **told}
