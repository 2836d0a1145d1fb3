"""Turns a buildspec into a site that is ready for its phases: sources, programs, variables, cache."""

import os
import shlex
import uuid
from dataclasses import dataclass

from bigflow import _ambient
from bigflow.builder.buildspec import aws, hash_files
from bigflow.builder.buildspec.cache import Keys, restore, strangers
from bigflow.builder.buildspec.checkout import copy_sources, source_facts
from bigflow.builder.buildspec.grammar import PHASES
from bigflow.builder.buildspec.order import Job
from bigflow.builder.buildspec.python_environment import make_environment
from bigflow.builder.buildspec.runtimes import Runtime, find_runtimes
from bigflow.builder.buildspec.shell import evaluated, find_shell
from bigflow.builder.buildspec.transcript import Transcript
from bigflow.builder.buildspec.variables import inherited, values
from bigflow.builder.failures import counted
from bigflow.builder.step import Declared, Done, Project, Wishes, Work
from bigflow.errors import BigflowError, Finding


@dataclass(frozen=True, slots=True)
class Provisioning:
    """The step DOWNLOAD_SOURCE."""

    job: Job

    def declare(self, project: Project, wishes: Wishes) -> Declared:
        file = self.job.spec.file
        return Declared((file,) if not os.path.isabs(file) else (), always=True)

    def perform(self, work: Work) -> Done:
        job = self.job
        job.site.deadline = _ambient.stopwatch() + job.limit
        log = Transcript(work)
        log.line("Phase is DOWNLOAD_SOURCE")
        try:
            sources = self._sources(work, log)
            runtimes = self._programs(work, log)
            self._variables(work, runtimes)
            self._cache(work, log)
        except BigflowError as error:
            job.site.succeeding = False
            log.phase_complete("download_source", "YAML_FILE_ERROR", error.message)
            raise
        log.phase_complete("download_source")
        return Done(sources, warnings=(*job.spec.warnings, *self._odd()), good_for=0.0)

    def _sources(self, work: Work, log: Transcript) -> str:
        site, spec = self.job.site, self.job.spec
        told = "sources in place"
        if not site.in_place:
            told = f"{counted(copy_sources(work.project.root, site.source), 'source file')} copied"
        log.line(f"CODEBUILD_SRC_DIR={site.source}")
        log.line(f"YAML location is {spec.file}")
        for warning in spec.warnings:
            log.line(f"Warning: {warning.where}: {warning.message}")
        present = {phase.name: len(phase.commands) + len(phase.closing) for phase in spec.phases}
        log.line(f"Phases found in YAML: {len(present)}")
        for name in PHASES:
            if name in present:
                log.line(f" {name.upper()}: {counted(present[name], 'command')}")
        return told

    def _programs(self, work: Work, log: Transcript) -> tuple[Runtime, ...]:
        job = self.job
        found = find_runtimes(job.spec, job.around.environment)
        for runtime in found:
            log.line(f"Selecting '{runtime.language}' runtime version '{runtime.version}'")
        if not found:
            log.line("No runtime version selected in buildspec.")
        python = next((one.program for one in found if one.language == "python"), work.project.python.path)
        make_environment(python, job.site.python, work.project.cache)
        tool = os.path.join(job.site.tools, "codebuild-hash-files")
        with open(tool, "w", encoding="utf-8") as file:
            words = (work.project.python.path, "-I", hash_files.__file__)
            file.write(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
        os.chmod(tool, 0o755)
        return found

    def _variables(self, work: Work, runtimes: tuple[Runtime, ...]) -> None:
        job, site = self.job, self.job.site
        around = inherited(job.around.environment)
        found = values(job.spec, job.around.local, job.around.local_file, aws.remote())
        chosen = dict(job.entry.variables) if job.entry else {}
        folders = [os.path.join(site.python, "bin"), site.tools]
        folders += [os.path.dirname(one.program) for one in runtimes if one.language != "python"]
        path = os.pathsep.join((*folders, around.get("PATH", os.defpath)))
        own = {"HOME": site.home, "PATH": path, "VIRTUAL_ENV": site.python}
        site.env = around | own | found.variables | chosen | dict(job.around.local) | self._codebuild(work, around)
        site.secrets = found.secrets
        where = job.spec.where(job.spec.variables.line)
        site.shell = find_shell(job.spec.variables.shell, site.env["PATH"], where)

    def _codebuild(self, work: Work, around: dict[str, str]) -> dict[str, str]:
        """The variables that CodeBuild sets. There is no account here, and no image: they say so."""
        job, name = self.job, work.project.spec.name
        origin, commit = source_facts(work.project.root)
        build = f"{name}:{uuid.uuid4()}"
        told = {
            "BUILD_ARN": f"arn:aws:codebuild:{around['AWS_REGION']}:000000000000:build/{build}",
            "BUILD_ID": build,
            "BUILD_IMAGE": "local",
            "BUILD_NUMBER": str(job.number),
            "BUILD_SUCCEEDING": "1",
            "CI": "true",
            "INITIATOR": "bigflow",
            "LOG_PATH": build.partition(":")[2],
            "RESOLVED_SOURCE_VERSION": commit,
            "SOURCE_REPO_URL": origin,
            "SOURCE_VERSION": commit,
            "SRC_DIR": job.site.source,
            "START_TIME": str(int(_ambient.now().timestamp() * 1000)),
        }
        if job.entry is not None:
            told["BATCH_BUILD_IDENTIFIER"] = job.entry.id
        return {f"CODEBUILD_{key}": value for key, value in told.items()}

    def _cache(self, work: Work, log: Transcript) -> None:
        job, cache = self.job, self.job.spec.cache
        if not cache.paths:
            return
        if cache.key:
            fallbacks = tuple(evaluated(job.site, key) for key in cache.fallback_keys)
            job.keys = Keys(evaluated(job.site, cache.key), fallbacks)
        if cache.action == "save" or not job.use_cache:
            return
        found = restore(work.project.root, job.site, job.keys)
        if found is None:
            log.line("There is no cache yet")
            return
        job.cache_is_exact = found.exact
        log.line(f"Restored the cache{f' {found.key}' if found.key else ''}")

    def _odd(self) -> tuple[Finding, ...]:
        cache = self.job.spec.cache
        hint = "paths of the sources, or below /root/"
        return tuple(
            Finding(f"cache: {path} lies on this machine, and is not kept", self.job.spec.where(cache.line), hint)
            for path in strangers(cache, self.job.site)
        )
