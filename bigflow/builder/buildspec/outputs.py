"""Turns the nodes of `reports`, `artifacts` and `cache` into what they say."""

from typing import Literal, cast

from bigflow.builder.buildspec.grammar import ArtifactSpec, CacheSpec, Files, ReportSpec
from bigflow.builder.buildspec.reading import Reading, line_of
from bigflow.builder.buildspec.yaml_nodes import Node

FORMATS = (
    "JUNITXML",
    "CUCUMBERJSON",
    "NUNITXML",
    "NUNIT3XML",
    "TESTNGXML",
    "VISUALSTUDIOTRX",
    "CLOVERXML",
    "COBERTURAXML",
    "JACOCOXML",
    "SIMPLECOV",
)
_MOST_REPORTS = 5
_MOST_FALLBACKS = 5
_REPORT = ("files", "file-format", "base-directory", "discard-paths")
_SECONDARY = (
    "files",
    "name",
    "discard-paths",
    "base-directory",
    "exclude-paths",
    "enable-symlinks",
    "s3-prefix",
    "type",  # of 0.1
)


def reports(reading: Reading, node: Node | None) -> tuple[ReportSpec, ...]:
    table = reading.table(node, "reports")
    if len(table) > _MOST_REPORTS:
        reading.odd(f"CodeBuild takes at most {_MOST_REPORTS} reports; here are {len(table)}", line_of(node))
    return tuple(_report(reading, name, one) for name, one in table.items())


def _report(reading: Reading, name: str, node: Node) -> ReportSpec:
    what = f"reports.{name}"
    table = reading.table(node, what, _REPORT)
    said = reading.text(table.get("file-format"), f"{what}.file-format") or FORMATS[0]
    if said.upper() not in FORMATS:
        reading.wrong(f"there is no format {said!r} of reports", line_of(node), f"one of {', '.join(FORMATS)}")
    return ReportSpec(name, _files(reading, table, what, node), said.upper())


def artifacts(reading: Reading, node: Node | None) -> tuple[ArtifactSpec, ...]:
    """The primary one, then the secondary ones."""
    table = reading.table(node, "artifacts", (*_SECONDARY, "secondary-artifacts"))
    secondary = reading.table(table.pop("secondary-artifacts", None), "artifacts.secondary-artifacts")
    if not table and not secondary:
        return ()
    one = [_artifact(reading, "", table, "artifacts", node)]
    for name, below in secondary.items():
        what = f"artifacts.secondary-artifacts.{name}"
        one.append(_artifact(reading, name, reading.table(below, what, _SECONDARY), what, below))
    return tuple(one)


def _artifact(reading: Reading, id: str, table: dict[str, Node], what: str, node: Node | None) -> ArtifactSpec:
    return ArtifactSpec(
        id,
        _files(reading, table, what, node),
        name=reading.text(table.get("name"), f"{what}.name"),
        symlinks=reading.flag(table.get("enable-symlinks"), f"{what}.enable-symlinks"),
        s3_prefix=reading.text(table.get("s3-prefix"), f"{what}.s3-prefix") or "",
    )


def _files(reading: Reading, table: dict[str, Node], what: str, node: Node | None) -> Files:
    patterns = reading.texts(table.get("files"), f"{what}.files")
    if not patterns:
        reading.wrong(f"{what} needs files", line_of(node), "files: ['**/*']")
    return Files(
        patterns,
        base=reading.text(table.get("base-directory"), f"{what}.base-directory"),
        exclude=reading.texts(table.get("exclude-paths"), f"{what}.exclude-paths"),
        discard_paths=reading.flag(table.get("discard-paths"), f"{what}.discard-paths"),
        line=line_of(table.get("files")),
    )


def cache(reading: Reading, node: Node | None) -> CacheSpec:
    table = reading.table(node, "cache", ("key", "fallback-keys", "action", "paths"))
    action = (reading.text(table.get("action"), "cache.action") or "both").lower()
    if action not in ("both", "restore", "save"):
        reading.wrong(f"cache.action cannot be {action!r}", line_of(table.get("action")), "restore or save")
    fallbacks = reading.texts(table.get("fallback-keys"), "cache.fallback-keys")
    if len(fallbacks) > _MOST_FALLBACKS:
        line = line_of(table.get("fallback-keys"))
        reading.odd(f"only the first {_MOST_FALLBACKS} of cache.fallback-keys count", line)
    return CacheSpec(
        paths=reading.texts(table.get("paths"), "cache.paths"),
        key=reading.text(table.get("key"), "cache.key"),
        fallback_keys=fallbacks[:_MOST_FALLBACKS],
        action=cast(Literal["both", "restore", "save"], action),
        line=line_of(node),
    )
