"""Turns what the phases left into reports and archives: the step UPLOAD_ARTIFACTS."""

import os
import shutil
from dataclasses import dataclass

from bigflow.artifacts.artifact import Artifact, artifact_of
from bigflow.builder.buildspec import aws
from bigflow.builder.buildspec.archive import write_archive
from bigflow.builder.buildspec.gathering import Gathered, Gatherer
from bigflow.builder.buildspec.grammar import ArtifactSpec, ReportSpec
from bigflow.builder.buildspec.order import ARTIFACTS, Job
from bigflow.builder.buildspec.shell import evaluated
from bigflow.builder.buildspec.transcript import Transcript
from bigflow.builder.failures import counted
from bigflow.builder.step import Declared, Done, Project, StepFailed, Wishes, Work
from bigflow.builder.suite.junit import read_junit
from bigflow.errors import BigflowError, Finding

REPORTS = "build/reports"


@dataclass(frozen=True, slots=True)
class Uploading:
    """Tried also after a failed BUILD: then one wants to see what is there."""

    job: Job

    def declare(self, project: Project, wishes: Wishes) -> Declared:
        return Declared(always=True)

    def perform(self, work: Work) -> Done:
        log = Transcript(work, self.job.site.secrets)
        log.line("Entering phase UPLOAD_ARTIFACTS")
        try:
            done = self._all(work, log)
        except BigflowError as error:
            self.job.site.succeeding = False
            log.phase_complete("upload_artifacts", "CLIENT_ERROR", error.message)
            raise
        log.phase_complete("upload_artifacts")
        return done

    def _all(self, work: Work, log: Transcript) -> Done:
        if self.job.site.time_is_up:
            raise StepFailed("TIMED_OUT: nothing is kept of a build that took too long", where=self.job.spec.file)
        root, gatherer = work.project.root, Gatherer(self.job.spec, self.job.site.source, log)
        summary: list[str] = []
        warnings: list[Finding] = []
        for folder in (ARTIFACTS, REPORTS):
            shutil.rmtree(os.path.join(root, folder), ignore_errors=True)
        for report in self.job.spec.reports:
            told, odd = self._report(report, gatherer, root, log)
            summary.append(told)
            warnings += odd
        made: list[Artifact] = []
        for spec in self.job.spec.artifacts:
            gathered = gatherer.gather(spec.files, symlinks=spec.symlinks)
            made.append(self._artifact(spec, gathered, work, log, {one.path for one in made}))
            warnings += gathered.warnings
        summary += [os.path.basename(artifact.path) for artifact in made]
        return Done(", ".join(summary), tuple(made), tuple(warnings), good_for=0.0)

    def _report(
        self, report: ReportSpec, gatherer: Gatherer, root: str, log: Transcript
    ) -> tuple[str, tuple[Finding, ...]]:
        """A report that fails, or is not there, fails no build."""
        log.line(f"Preparing to copy report {report.name}")
        try:
            gathered = gatherer.gather(report.files)
        except StepFailed as error:
            return f"{report.name}: no files", (
                Finding(f"report {report.name}: {error.message}", error.where, error.hint),
            )
        folder = os.path.join(root, REPORTS, report.name.replace("/", "_"))
        for member in gathered.members:
            target = os.path.join(folder, member.name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copyfile(member.path, target)
        told = counted(len(gathered.members), "file")
        if report.format == "JUNITXML":
            read = read_junit([member.path for member in gathered.members], self.job.site.source)
            told = read.summary if read is not None else f"{told}, none of them JUnit XML"
        log.line(f"Report {report.name}: {told}")
        return f"{report.name}: {told}", gathered.warnings

    def _artifact(
        self, spec: ArtifactSpec, gathered: Gathered, work: Work, log: Transcript, taken: set[str]
    ) -> Artifact:
        name = self._name(spec, work.project.spec.name)
        path = f"{ARTIFACTS}/{name}"
        where = self.job.spec.where(spec.files.line)
        if path in taken:
            raise StepFailed(f"two artifacts are called {name}", where=where, hint="give one of them another name")
        try:
            write_archive(os.path.join(work.project.root, path), gathered.members, work.project.commit_time)
        except UnicodeEncodeError:
            odd = next(member.name for member in gathered.members if not _is_utf8(member.name))
            told = odd.encode("utf-8", "backslashreplace").decode()
            raise StepFailed(f"the file name {told} is not UTF-8: no archive can hold it", where=where) from None
        log.line(f"Wrote {path}: {counted(len(gathered.members), 'file')}")
        if self.job.bucket is not None:
            key = "/".join(
                part.strip("/") for part in (self.job.bucket.prefix, spec.s3_prefix, name) if part.strip("/")
            )
            aws.upload(os.path.join(work.project.root, path), self.job.bucket.name, key)
            log.line(f"Uploaded s3://{self.job.bucket.name}/{key}")
        return artifact_of(work.project.root, path, "archive", work.made)

    def _name(self, spec: ArtifactSpec, project: str) -> str:
        """As the shell makes it out; a `/` in it is a folder."""
        name = evaluated(self.job.site, spec.name) if spec.name else spec.id or project
        parts = name.split("/")
        if not name or name.startswith("/") or {"..", ".", ""} & set(parts) or not name.isprintable():
            raise StepFailed(
                f"an artifact cannot be called {name!r}",
                where=self.job.spec.where(spec.files.line),
                hint=f"the shell made it of {spec.name}",
            )
        return name if name.endswith(".zip") else f"{name}.zip"


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
