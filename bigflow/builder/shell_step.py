"""Turns a step that the project has written into [tool.bigflow.build] into one like all others."""

import os
from dataclasses import dataclass

from bigflow.builder.environment.site_packages import described
from bigflow.builder.failures import last_line
from bigflow.builder.settings import ShellStep
from bigflow.builder.shell import shell
from bigflow.builder.step import Declared, Done, NotNeeded, Project, StepFailed, Wishes, Work
from bigflow.builder.traceless import with_generated
from bigflow.errors import UsageError

_WHERE = "pyproject.toml"


@dataclass(frozen=True, slots=True)
class CommandStep:
    """A `Step` that is a shell command. Without inputs nobody knows what it depends on: then it always runs."""

    said: ShellStep

    def declare(self, project: Project, wishes: Wishes) -> Declared | NotNeeded:
        self._check_outputs(project.root)
        said = self.said
        return Declared(said.inputs, (said.run, *described(project.python)), said.outputs, always=not said.inputs)

    def perform(self, work: Work) -> Done:
        name, root = self.said.name, work.project.root
        completed = work.tool(shell(work.project, self.said.run), cwd=root, env_add=with_generated(work.project))
        if not completed.ok:
            said = last_line(completed.stdout + completed.stderr)
            message = f"{name} ended with code {completed.returncode}" + (f": {said}" if said else "")
            raise StepFailed(message, where=_WHERE, hint=self.said.run)
        for output in self.said.outputs:
            if not os.path.lexists(os.path.join(root, output)):
                hint = f"let the command write it, or correct `outputs` of the step {name!r}"
                raise StepFailed(f"{name} did not leave {output}", where=_WHERE, hint=hint)
        return Done("ok")

    def _check_outputs(self, root: str) -> None:
        for output in self.said.outputs:
            inside = os.path.normpath(os.path.join(root, output)).startswith(os.path.normpath(root) + os.sep)
            if not inside or any(sign in output for sign in "*?["):
                raise UsageError(
                    f"the step {self.said.name!r} cannot leave {output!r}",
                    where=_WHERE,
                    hint="`outputs` are files and folders inside the project, without wild cards",
                )
