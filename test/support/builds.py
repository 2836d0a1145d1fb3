"""Turns a few decisions into builds as values, and into the history that they would have left."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bigflow.artifacts.artifact import Artifact, Part
from bigflow.builder.events import (
    BuildEnded,
    BuildEvent,
    BuildStarted,
    PhaseEnded,
    PhaseStarted,
    StepEnded,
    StepOutput,
    StepStarted,
)
from bigflow.builder.history.kept import FILE, folder_of
from bigflow.builder.report import (
    BuildReport,
    Input,
    Package,
    PhaseReport,
    StepReport,
)
from bigflow.errors import Finding
from bigflow.project.layout import LOCK

INPUTS = (
    Input("requirements.in", "a1"),
    Input("shop/clean.py", "b1"),
    Input("shop/workflow.py", "c1"),
    Input(".env.local", "absent"),
)
PACKAGES = (Package("croniter", "6.2.1"), Package("requests", "2.31.0"), Package("six", "1.16.0"))
CONTENTS = (
    Part("shop/clean.py", 1_204, "crc32:0000b001"),
    Part("shop/workflow.py", 900, "crc32:0000c001"),
    Part("shop-0.1.0.dist-info/METADATA", 120, "crc32:0000d001"),
)
FAILURE = Finding(
    "2 tests failed: test_clean\nassert 3 == 4",
    "test/test_clean.py:12",
    ".venv/bin/python -m pytest test/test_clean.py::test_clean",
)
AUDIT = Finding("jinja2 3.1.2: GHSA-h5c8-rqwp-cp95", "requirements.txt:7", "bigflow build --upgrade-package jinja2")


def wheel(version: str = "0.1.0", size: int = 14_200, sha256: str = "e" * 64) -> Artifact:
    return Artifact("wheel", f"dist/shop-{version}-py3-none-any.whl", size, sha256, version, "i" * 64)


SBOM = Artifact("sbom", "build/sbom.cdx.json", 804, "f" * 64, "0.1.0", "j" * 64)


def done(name: str, started: float, seconds: float, summary: str, *, log: bool = True) -> StepReport:
    where = f"logs/{name}.log" if log else ""
    return StepReport(name, "succeeded", summary, started=started, seconds=seconds, cpu_seconds=seconds / 2, log=where)


def phase(name: str, *steps: StepReport) -> PhaseReport:
    states = {step.state for step in steps}
    state = "failed" if "failed" in states else "not run" if states == {"not run"} else "succeeded"
    return PhaseReport(name, state, round(sum(step.seconds for step in steps), 3), steps)  # type: ignore[arg-type]


def cold() -> BuildReport:
    """Everything was done, for the first time."""
    return BuildReport(
        id="1",
        command="build",
        project="shop",
        version="0.1.0",
        commit="3f2c9d1a5b7e3f2c9d1a5b7e3f2c9d1a5b7e3f2c",
        python="3.12.3",
        began="2026-11-19T22:00:00+00:00",
        state="succeeded",
        seconds=12.5,
        own_cpu_seconds=0.21,
        phases=(
            phase("install", done("requirements", 0.1, 0.4, "lock up to date (3 packages)")),
            phase(
                "pre_build",
                done("lint", 0.6, 0.2, "ruff ok"),
                done("types", 0.6, 1.1, "mypy ok"),
                done("tests", 0.6, 2.1, "pytest 9 passed (87%)"),
                replace(done("audit", 0.6, 1.0, "1 vulnerability"), warnings=(AUDIT,)),
            ),
            phase("build", done("wheel", 2.8, 9.6, "wheel 0.1.0 (14 kB)")),
            phase("post_build", done("manifest", 12.4, 0.1, "manifest of 2 artifacts", log=False)),
        ),
        artifacts=(wheel(), SBOM),
        inputs=INPUTS,
        packages=PACKAGES,
        contents=CONTENTS,
    )


def unchanged(build_id: str = "2", before: str = "1") -> BuildReport:
    """Nothing had to be done; audit and types were not needed, or not asked for."""
    first = cold()
    reason = f"unchanged since build {before}"
    phases = tuple(
        phase(one.name, *(StepReport(step.name, "unchanged", step.summary, reason) for step in one.steps))
        for one in first.phases[:-1]
    )
    install, pre_build, build = phases
    lint, _, tests, _ = pre_build.steps
    types = StepReport("types", "not needed", reason="no type checker is configured")
    audit = StepReport("audit", "left out", reason="not asked for")
    pre_build = phase("pre_build", lint, types, tests, audit)
    return replace(
        first,
        id=build_id,
        command="build --skip audit",
        began="2026-11-19T22:10:00+00:00",
        seconds=0.12,
        own_cpu_seconds=0.1,
        phases=(install, pre_build, build, phase("post_build", done("manifest", 0.1, 0.01, "manifest", log=False))),
    )


def broken(build_id: str = "3") -> BuildReport:
    """A line was changed, a test fails, nothing is packaged."""
    first = cold()
    failed = StepReport(
        "tests",
        "failed",
        started=0.3,
        seconds=2.0,
        cpu_seconds=1.0,
        log="logs/tests.log",
        findings=(FAILURE,),
        exit_code=1,
    )
    same = "unchanged since build 1"
    return replace(
        first,
        id=build_id,
        version="0.1.1.dev1",
        commit=None,
        began="2026-11-20T08:00:00+00:00",
        state="failed",
        seconds=2.4,
        phases=(
            phase("install", StepReport("requirements", "unchanged", "lock up to date (3 packages)", same)),
            phase(
                "pre_build",
                done("lint", 0.3, 0.2, "ruff ok"),
                StepReport("types", "unchanged", "mypy ok", same),
                failed,
                StepReport("audit", "unchanged", "1 vulnerability", same, warnings=(AUDIT,)),
            ),
            phase("build", StepReport("wheel", "not run", reason="pre_build did not succeed")),
            phase("post_build", StepReport("manifest", "not run", reason="pre_build did not succeed")),
        ),
        artifacts=(),
        inputs=(INPUTS[0], Input("shop/clean.py", "b2"), INPUTS[2], Input("shop/new.py", "n1")),
        contents=(),
    )


def mended(build_id: str = "4") -> BuildReport:
    """A dependency was upgraded, one went, one came; a file was changed, one came, one went."""
    first = cold()
    return replace(
        first,
        id=build_id,
        version="0.1.1",
        commit="91c0ffee5b7e3f2c9d1a5b7e3f2c9d1a5b7e3f2c",
        began="2026-11-20T09:00:00+00:00",
        seconds=8.25,
        artifacts=(wheel("0.1.1", 15_600, "d" * 64), replace(SBOM, version="0.1.1")),
        inputs=(INPUTS[0], Input("shop/clean.py", "b3"), Input("shop/new.py", "n1"), Input("test/é\udcff.csv", "x")),
        packages=(Package("croniter", "6.2.1"), Package("requests", "2.32.0"), Package("urllib3", "2.2.0")),
        contents=(
            Part("shop/clean.py", 1_300, "crc32:0000b003"),
            Part("shop/new.py", 77, "crc32:00000e01"),
            Part("shop-0.1.1.dist-info/METADATA", 120, "crc32:0000d002"),
        ),
    )


def begun(build_id: str = "5") -> BuildReport:
    """What is written down before the first step."""
    first = cold()
    return BuildReport(
        build_id, "build", "shop", first.version, first.commit, first.python, "2026-11-20T10:00:00+00:00", "running"
    )


def keep(root: Path, *builds: BuildReport) -> Path:
    """In the history, as builds would have left them."""
    for build in builds:
        folder = Path(folder_of(str(root), build.id))
        (folder / "logs").mkdir(parents=True)
        (folder / FILE).write_text(build.to_json(), encoding="utf-8", errors="surrogateescape")
        for step in build.steps:
            if step.log:
                lines = [f"{step.name} line {number}\n" for number in range(30)]
                (folder / step.log).write_text("".join(lines), encoding="utf-8")
    return root


def damage(root: Path, build_id: str, content: bytes | None) -> None:
    """A record that is not one: half of it, zeros, something else; or none at all."""
    folder = Path(folder_of(str(root), build_id))
    folder.mkdir(parents=True, exist_ok=True)
    if content is not None:
        (folder / FILE).write_bytes(content)


def all_kinds(root: Path) -> Path:
    """A history in which all that can happen has happened."""
    keep(root, cold(), unchanged(), broken(), mended(), begun())
    damage(root, "6", None)
    damage(root, "7", cold().to_json().encode()[:500])
    damage(root, "8", json.dumps({**json.loads(cold().to_json()), "of_tomorrow": 1}).encode())
    (root / LOCK).write_text("build 5, process 4711")  # it was killed: nobody holds the lock
    return root


def events(build: BuildReport, root: str) -> Iterator[BuildEvent]:
    """What the builder would have told, one step after the other."""
    folder = folder_of(root, build.id)
    todo = tuple((one.name, tuple(step.name for step in one.steps if step.state != "left out")) for one in build.phases)
    yield BuildStarted(build.id, build.project, build.version, build.python, todo)
    for one in build.phases:
        if one.state != "not run":
            yield PhaseStarted(one.name)
        for step in one.steps:
            if step.started:
                yield StepStarted(one.name, step.name, os.path.join(folder, f"logs/{step.name}.log"))
            if step.log:
                yield StepOutput(step.name, f"{step.name} at work\n{step.name} nearly d")
                yield StepOutput(step.name, "one")
            yield StepEnded(one.name, step, os.path.join(folder, step.log) if step.log else "")
        if one.state != "not run":
            yield PhaseEnded(one)
    yield BuildEnded(build, folder)
