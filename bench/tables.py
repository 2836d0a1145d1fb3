"""Turns the results into the tables of docs/explanation/performance.md, so that no number there is copied by hand."""

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "explanation" / "performance.md"


def main() -> int:
    text = DOCUMENT.read_text()
    for script, table in (
        ("startup", _timings),
        ("graph", _sizes),
        ("runs", _timings),
        ("build", _timings),
        ("image", _timings),
        ("deploy", _timings),
        ("dags", _timings),
        ("buildspec", _timings),
        ("emr", _timings),
        ("doctrine", _timings),
        ("services", _timings),
    ):
        result = json.loads((ROOT / "bench" / "results" / f"{script}.json").read_text())
        text = _between(text, f"{script} bars", "\n".join([_where(result), "", *_bars(result)]))
        text = _between(text, f"{script} figures", "\n".join(table(result)))
    DOCUMENT.write_text(text)
    return 0


def _between(text: str, marker: str, inside: str) -> str:
    begin, end = f"<!-- {marker} -->", f"<!-- end of {marker} -->"
    return re.sub(f"{begin}.*?{end}", lambda _: f"{begin}\n{inside}\n{end}", text, flags=re.DOTALL)


def _where(result: Mapping[str, Any]) -> str:
    machine = result["machine"]
    place = f"{machine['cores']} cores, {machine['processor']}, {machine['system']}"
    versions = ", ".join(f"{name}: {_in_short(name, contents)}" for name, contents in result["versions"].items())
    return f"{result['date']}; {place}; load before it began: {machine['load']}. {versions}."


def _in_short(environment: str, contents: str) -> str:
    """`Python 3.11.7 with bigflow-framework 0.1.0`, of all that an environment holds."""
    tool = environment.partition("-")[0]
    meant = ("bigflow", f"{tool}==", f"apache-{tool}==")
    python, _, packages = contents.partition(": ")
    named = [package.replace("==", " ") for package in packages.split(", ") if package.startswith(meant)]
    return " with ".join([python, *named])


def _bars(result: Mapping[str, Any]) -> list[str]:
    rows = ["| figure | bar | | of |", "|---:|---|---|---|"]
    for bar in result["bars"]:
        wanted = f"{bar['rule']} {bar['limit']}" if bar["limit"] is not None else "for comparison"
        rows.append(f"| {bar['figure']:.4g} | {wanted} | {'' if bar['met'] else '**missed**'} | `{bar['name']}` |")
    return rows


def _timings(result: Mapping[str, Any]) -> list[str]:
    rows = ["| median ms | from - to | cpu ms | rounds | command |", "|---:|---|---:|---:|---|"]
    for one in result["figures"]:
        wall, cpu = ({name: 1000 * seconds for name, seconds in one[kind].items()} for kind in ("wall", "cpu"))
        spread = f"{wall['least']:.0f} - {wall['most']:.0f}"
        rows.append(f"| {wall['median']:.1f} | {spread} | {cpu['median']:.1f} | {one['rounds']} | `{one['command']}` |")
    return rows


def _sizes(result: Mapping[str, Any]) -> list[str]:
    acts = ("make_jobs", "make_workflow", "validate", "order")
    rows = [
        "| shape | jobs | make jobs s | make workflow s | validate s | order s | process MB |",
        "|---|" + "---:|" * 6,
    ]
    for one in result["figures"]:
        seconds = " | ".join(f"{one[act]:.2f}" for act in acts)
        rows.append(f"| {one['shape']} | {one['jobs']:,} | {seconds} | {one['peak_bytes'] / 1e6:.0f} |")
    return rows


if __name__ == "__main__":
    sys.exit(main())
