"""Turns the end of a build into what the next one, or a pipeline, wants of it: cache and exported variables."""

import json
import os
from dataclasses import dataclass

from bigflow._files import write_atomically
from bigflow.builder.buildspec.cache import save
from bigflow.builder.buildspec.order import Job
from bigflow.builder.buildspec.transcript import Transcript
from bigflow.builder.failures import counted
from bigflow.builder.step import Declared, Done, Project, Wishes, Work
from bigflow.errors import Finding

EXPORTED = "build/exported-variables.json"


@dataclass(frozen=True, slots=True)
class Finalizing:
    """The step FINALIZING. Only a build that succeeded leaves a cache: a half-made one would be kept for good."""

    job: Job

    def declare(self, project: Project, wishes: Wishes) -> Declared:
        return Declared(always=True)

    def perform(self, work: Work) -> Done:
        log = Transcript(work, self.job.site.secrets)
        log.line("Entering phase FINALIZING")
        told = [*self._cached(work, log)]
        exported, warnings = self._exported(work, log)
        log.phase_complete("finalizing")
        return Done(", ".join((*told, *exported)), warnings=warnings, good_for=0.0)

    def _cached(self, work: Work, log: Transcript) -> list[str]:
        job, cache = self.job, self.job.spec.cache
        if not cache.paths or cache.action == "restore" or not job.site.succeeding:
            return []
        if job.keys.key and job.cache_is_exact:
            log.line(f"The cache {job.keys.key} is there already")
            return []
        count = save(work.project.root, job.site, cache, job.keys.key)
        log.line(f"Saved the cache: {counted(count, 'file')}")
        return [f"cache of {counted(count, 'file')}"]

    def _exported(self, work: Work, log: Transcript) -> tuple[list[str], tuple[Finding, ...]]:
        spec, env = self.job.spec, self.job.site.env
        path = os.path.join(work.project.root, EXPORTED)
        values = {name: env[name] for name in spec.variables.exported if name in env}
        if values:
            write_atomically(path, json.dumps(values, indent=2, ensure_ascii=False) + "\n")
        elif os.path.lexists(path):
            os.unlink(path)
        for name, value in values.items():
            log.line(f"Exported variable {name}={value}")
        unset = [name for name in spec.variables.exported if name not in env]
        where = spec.where(spec.variables.line)
        warnings = tuple(Finding(f"no phase exported {name}", where, f"export {name}=...") for name in unset)
        return [f"exported {name}" for name in values], warnings
