"""Turns the lock of a Node project into the known vulnerabilities of what it names, once a day."""

from collections.abc import Mapping

from bigflow import _ambient
from bigflow.builder.node.managers import YARN, YARN_2, lock_of, manager_of, said
from bigflow.builder.node.opening import SEVERITIES
from bigflow.builder.node.script import QUIET, document
from bigflow.builder.step import Declared, Done, NotNeeded, Project, StepFailed, Wishes, Work
from bigflow.errors import Finding
from bigflow.project.node_package import FILE, read_node_package

_RETRIED_AFTER = 3600.0  # seconds
_TOLD = 10


def declare(project: Project, wishes: Wishes) -> Declared | NotNeeded:
    """Tomorrow more may be known of the same packages."""
    if project.settings.audit == "off":
        return NotNeeded(f"switched off by audit in {project.settings.table}")
    manager = manager_of(project.root, read_node_package(project.root))
    lock = lock_of(project.root, manager)
    if lock is None:
        return NotNeeded(f"{FILE} requires nothing")
    if manager in (YARN, YARN_2):
        return NotNeeded("yarn tells of vulnerabilities in a form of its own: yarn npm audit")
    day = _ambient.now().date().isoformat()
    return Declared((FILE, lock), (project.settings.audit, str(wishes.offline), day))


def perform(work: Work) -> Done:
    """Whoever was not asked has not said "clean"."""
    manager = manager_of(work.project.root, read_node_package(work.project.root))
    if work.wishes.offline:
        return _not_audited("this build was told to use no network")
    done = work.tool((manager.name, "audit", "--json"), cwd=work.project.root, env_add=QUIET)
    try:
        report = document(done.stdout + done.stderr)
        known = _by_severity(report)
    except (ValueError, KeyError, TypeError):
        return _not_audited(_reason(done.stdout + done.stderr))
    found = {level: number for level, number in known.items() if number}
    told = ", ".join(f"{number} {level}" for level, number in reversed(found.items()))
    if not found:
        return Done("nothing known against what is required")
    warnings = tuple(_findings(report, lock_of(work.project.root, manager) or FILE))
    hint = f"{manager.name} audit fix"
    if _too_bad(work.project.settings.audit, found, report):
        raise StepFailed(
            "\n  ".join((f"vulnerabilities: {told}", *(one.message for one in warnings))), where=FILE, hint=hint
        )
    return Done(f"known vulnerabilities: {told}", warnings=warnings)


def _reason(output: str) -> str:
    """What kept the service from answering, in whichever of its forms that is told."""
    try:
        told = document(output)
    except ValueError:
        return said(output)
    match told:
        case {"error": {"message": str() as message}} | {"message": str() as message}:
            return message
    return "it answered with something else"


def _by_severity(report: Mapping[str, object]) -> dict[str, int]:
    match report["metadata"]:
        case {"vulnerabilities": dict() as numbers}:
            return {level: int(numbers[level]) for level in SEVERITIES}
    raise KeyError("vulnerabilities")


def _too_bad(limit: str, found: Mapping[str, int], report: Mapping[str, object]) -> bool:
    """From that severity on; with "fail", if there is anything that a newer version mends."""
    if limit in SEVERITIES:
        return any(SEVERITIES.index(level) >= SEVERITIES.index(limit) for level in found)
    packages = report.get("vulnerabilities")
    fixable = isinstance(packages, dict) and any(one.get("fixAvailable") for one in packages.values())
    return limit == "fail" and fixable


def _findings(report: Mapping[str, object], lock: str) -> list[Finding]:
    packages = report.get("vulnerabilities")
    if not isinstance(packages, dict):
        return []
    worst = sorted(packages.items(), key=lambda one: (-_rank(one[1].get("severity")), one[0]))
    return [Finding(f"{name} {one.get('range', '')}: {_title(one)}", lock) for name, one in worst[:_TOLD]]


def _rank(severity: object) -> int:
    """`info`, which fails nothing, is below all others."""
    return SEVERITIES.index(str(severity)) if severity in SEVERITIES else -1


def _title(package: Mapping[str, object]) -> str:
    via = package.get("via")
    titles = (
        [str(one["title"]) for one in via if isinstance(one, dict) and "title" in one] if isinstance(via, list) else []
    )
    return f"{package.get('severity')}: {titles[0] if titles else 'by what it requires'}"


def _not_audited(reason: str) -> Done:
    """Not clean, and not asked again by each build that follows."""
    hint = "a build tries it again after an hour, or at once: bigflow build --only audit --no-cache"
    warning = Finding(f"the requirements were not audited: {reason or 'nothing was said'}", FILE, hint)
    return Done("not audited", warnings=(warning,), good_for=_RETRIED_AFTER)
