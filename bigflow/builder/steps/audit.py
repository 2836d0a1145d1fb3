"""Turns the lock into the known vulnerabilities of what it names, once a day."""

import os

from bigflow import _ambient
from bigflow._files import write_atomically
from bigflow._process import Completed
from bigflow.builder.environment.site_packages import installed
from bigflow.builder.requirements.lock import locked
from bigflow.builder.requirements.vulnerabilities import Audit, Vulnerability, audit_of
from bigflow.builder.step import Declared, Done, NotNeeded, Project, StepFailed, Wishes, Work
from bigflow.builder.uv.scrub import scrubbed
from bigflow.errors import BigflowError, Finding

_ANSWER_WITHIN = "15"  # seconds, for each question to the service
_RETRIED_AFTER = 3600.0  # seconds
_TELLING = 100  # characters of what pip-audit says in the end: all of it is in the log


def declare(project: Project, wishes: Wishes) -> Declared | NotNeeded:
    """Tomorrow more may be known of the same packages."""
    lock = project.spec.requirements_file
    if project.settings.audit == "off":
        return NotNeeded('audit = "off" in [tool.bigflow.build]')
    if not os.path.isfile(os.path.join(project.root, lock)):
        return NotNeeded(f"there is no {lock}: nothing is required")
    return Declared(
        files=(lock,), values=(project.settings.audit, str(wishes.offline), _ambient.now().date().isoformat())
    )


def perform(work: Work) -> Done:
    """It fails only where the project says so and something can be done. Whoever was not asked has not said "clean"."""
    lock = work.project.spec.requirements_file
    packages = locked(os.path.join(work.project.root, lock))
    exact = sorted({(package.name, package.version) for package in packages if package.version})
    if not exact:
        return Done("nothing to audit")
    if work.wishes.offline:
        return _not_audited("this build was told to use no network", lock)
    try:
        audit = _audited(exact, work)
    except (BigflowError, ValueError) as error:  # a time limit, no uv, a service that does not answer: no build fails
        return _not_audited(str(error), lock)
    return _told(audit, len(packages), lock, strict=work.project.settings.audit == "fail")


def _audited(exact: list[tuple[str, str]], work: Work) -> Audit:
    """pip-audit asks for these very versions, and resolves nothing."""
    requirements, report = (os.path.join(work.folder, name) for name in ("packages.txt", "report.json"))
    write_atomically(requirements, "".join(f"{name}=={version}\n" for name, version in exact))
    options = ("--requirement", requirements, "--no-deps", "--disable-pip", "--format", "json", "--output", report)
    cache = os.path.join(work.project.cache, "pip-audit")
    completed = _pip_audit(
        (*options, "--progress-spinner", "off", "--timeout", _ANSWER_WITHIN, "--cache-dir", cache), work
    )
    try:
        with open(report, encoding="utf-8") as file:
            return audit_of(file.read())
    except (OSError, ValueError):
        raise ValueError(_last_line(completed)) from None


def _pip_audit(options: tuple[str, ...], work: Work) -> Completed:
    """The project's own, if it has one; else the newest, which uv keeps in its cache."""
    if "pip_audit" in installed(work.project.python):
        return work.tool((work.project.python.path, "-m", "pip_audit", *options))
    from bigflow.builder.uv.calling import find_uv  # late: an audit happens once a day

    return find_uv(work.project.root, work.tool).run("tool", "run", "--quiet", "pip-audit", *options)


def _told(audit: Audit, packages: int, lock: str, *, strict: bool) -> Done:
    found = audit.vulnerabilities
    fixable = sorted({one.package for one in found if one.fixed_in})
    if strict and fixable:
        raise StepFailed(
            "\n  ".join(["vulnerabilities that are fixed in newer versions", *map(_line, found)]),
            where=lock,
            hint="bigflow build-requirements" + "".join(f" --upgrade-package {package}" for package in fixable),
        )
    left = packages - audit.known
    rest = f"; {left} of {packages} packages could not be looked up" if left else ""
    if not found:
        return Done(f"nothing known against {audit.known} packages{rest}")
    warnings = tuple(vulnerability.finding(lock) for vulnerability in found)
    return Done(f"{len(found)} known vulnerabilit{'ies' if len(found) != 1 else 'y'}{rest}", warnings=warnings)


def _line(vulnerability: Vulnerability) -> str:
    return vulnerability.finding("").message + (
        f", fixed in {' and '.join(vulnerability.fixed_in)}" * bool(vulnerability.fixed_in)
    )


def _not_audited(reason: str, lock: str) -> Done:
    """Not clean, and not asked again by each build that follows: where there is no way out, all would wait for it."""
    told = scrubbed(reason).splitlines()[0] if reason.strip() else "pip-audit said nothing"
    told = told if len(told) <= _TELLING else f"{told[:_TELLING].rstrip()} ..."
    hint = "a build tries it again after an hour, or at once: bigflow build --only audit --no-cache"
    warning = Finding(f"the requirements were not audited: {told}", lock, hint)
    return Done("not audited", warnings=(warning,), good_for=_RETRIED_AFTER)


def _last_line(completed: Completed) -> str:
    lines = [line.strip() for line in f"{completed.stdout}\n{completed.stderr}".splitlines() if line.strip()]
    return lines[-1] if lines else f"pip-audit ended with code {completed.returncode}"
