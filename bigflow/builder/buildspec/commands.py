"""Turns a phase of a buildspec into a step: its commands one after another, then what has to be done in any case."""

from dataclasses import dataclass

from bigflow._process import Hearing
from bigflow.builder.buildspec.grammar import Command, PhaseSpec
from bigflow.builder.buildspec.order import Job
from bigflow.builder.buildspec.shell import Ending, Shell
from bigflow.builder.buildspec.transcript import Transcript
from bigflow.builder.failures import counted
from bigflow.builder.step import Declared, Done, Project, StepFailed, Wishes, Work

_CODES = {"": "COMMAND_EXECUTION_ERROR", "time": "BUILD_TIMED_OUT", "stopped": "BUILD_STOPPED"}
_REMEMBERED = 1 << 16  # bytes of what was written last: `on-failure: RETRY-regex` looks at them


class CommandFailed(StepFailed):
    """A command did not exit with 0."""

    def __init__(self, message: str, where: str, hint: str, cut: str = "") -> None:
        super().__init__(message, where=where, hint=hint)
        self.cut = cut


@dataclass(frozen=True, slots=True)
class Commands:
    """The step of one phase. A phase that the buildspec does not have is done at once."""

    job: Job
    phase: PhaseSpec

    def declare(self, project: Project, wishes: Wishes) -> Declared:
        return Declared(always=True)

    def perform(self, work: Work) -> Done:
        site, name = self.job.site, self.phase.name
        log = Transcript(work, site.secrets)
        log.line(f"Entering phase {name.upper()}")
        failure = self._with_retries(work, log)
        if failure is not None:
            site.succeeding = False
            site.time_is_up = failure.cut == "time"
            log.phase_complete(name, _CODES[failure.cut], failure.message)
            raise failure
        log.phase_complete(name)
        commands = len(self.phase.commands) + len(self.phase.closing)
        return Done(counted(commands, "command") if commands else "", good_for=0.0)

    def _with_retries(self, work: Work, log: Transcript) -> CommandFailed | None:
        """Each try begins as the first one did."""
        site, rule = self.job.site, self.phase.on_failure
        env, cwd = dict(site.env), site.cwd
        for retry in range(rule.retries + 1):
            if retry:
                log.line(f"Retrying phase {self.phase.name.upper()}: {retry} of {rule.retries}")
                site.env, site.cwd = dict(env), cwd
            attempt = _Attempt(self.job, self.phase, work, log)
            failure = attempt.run()
            if failure is None or failure.cut or not rule.is_worth_a_retry(f"{failure.message}\n{attempt.written}"):
                return failure
        return failure


class _Attempt:
    """One try of a phase."""

    def __init__(self, job: Job, phase: PhaseSpec, work: Work, log: Transcript) -> None:
        self._job = job
        self._phase = phase
        self._log = log
        self._end = bytearray()
        self._hearing = Hearing(self._hear, work.stopped, job.site.deadline)

    @property
    def written(self) -> str:
        return self._end.decode("utf-8", "replace")

    def run(self) -> CommandFailed | None:
        site, phase = self._job.site, self._phase
        site.env["CODEBUILD_BUILD_SUCCEEDING"] = "1" if site.succeeding else "0"
        if site.time_is_up:
            return self._failed(Ending(1, "time"), Command("", phase.line))
        if not (phase.commands or phase.closing):
            return None
        with Shell(site, phase.run_as or self._job.spec.run_as, lasting=self._job.spec.lasting_shell) as shell:
            failure = self._in_order(shell, phase.commands)
            if failure is None or not failure.cut:
                failure = self._closing(shell, failure)
            if failure is None or not failure.cut:
                shell.close(self._hearing)
        return failure

    def _closing(self, shell: Shell, before: CommandFailed | None) -> CommandFailed | None:
        """`finally`: after what succeeded, and after what failed."""
        if not self._phase.closing:
            return before
        if before is not None:
            self._job.site.env["CODEBUILD_BUILD_SUCCEEDING"] = "0"
            if self._job.spec.lasting_shell:
                shell.run("export CODEBUILD_BUILD_SUCCEEDING=0", self._hearing)
        failure = self._in_order(shell, self._phase.closing)
        return failure if failure is not None and (before is None or failure.cut) else before

    def _in_order(self, shell: Shell, commands: tuple[Command, ...]) -> CommandFailed | None:
        for command in commands:
            self._log.line(f"Running command {command.text.rstrip()}")
            ending = shell.run(command.text, self._hearing)
            self._log.flush()
            if ending.status or ending.cut:
                return self._failed(ending, command)
        return None

    def _failed(self, ending: Ending, command: Command) -> CommandFailed:
        where = self._job.spec.where(command.line)
        if ending.cut == "time":
            limit = self._job.limit
            message = f"TIMED_OUT: the build took longer than its {limit:g} seconds"
            hint = f"timeout = {int(limit * 2)} under [tool.bigflow.build] of pyproject.toml gives it more"
            return CommandFailed(message, where, hint, ending.cut)
        if ending.cut:
            return CommandFailed("the build was stopped", where, "", ending.cut)
        self._log.line(f"Command did not exit successfully {command.text} exit status {ending.status}")
        told = " ".join(command.text.split())
        message = f"Error while executing command: {told}. Reason: exit status {ending.status}"
        return CommandFailed(message, where, f"bigflow builds show last --log {self._phase.name}")

    def _hear(self, chunk: bytes) -> None:
        self._log.output(chunk)
        self._end.extend(chunk)
        del self._end[:-_REMEMBERED]
