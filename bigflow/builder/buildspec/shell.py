"""Turns commands into what a lasting shell made of them: folder, variables and functions stay from one to the next."""

import os
import shlex
import shutil
from types import TracebackType
from typing import NamedTuple, Self

from bigflow._process import Conversation, Hearing, Launch
from bigflow.builder.buildspec.site import Site
from bigflow.errors import UsageError

SHELLS = ("sh", "bash")

# Orders come on descriptor 9 and are answered on 8; commands see neither, have no input, and write both their streams
# into one. A command that ends the shell ends only the shell: what it had exported by then is in the trap's file.
_DRIVER = """\
exec 9<&0 0</dev/null 8>&2 2>&1
trap {trap} EXIT
while IFS= read -r __order <&9; do
{{ command . {script}; }} 8>&- 9<&-
{{ __status=$?; export CODEBUILD_LAST_EXIT=$__status; command printf '%s\\n' $__status >&8; }} 2>/dev/null
done
{left}
exit 0
"""
_LEFT = "{{ {env} -0 >{variables}; command pwd >{folder}; }} 2>/dev/null"
_OWN = ("_", "SHLVL", "OLDPWD")  # variables that shells make for themselves


class Ending(NamedTuple):
    """How a command ended; `cut` says why, when that was our doing."""

    status: int
    cut: str = ""


class Shell:
    """A shell for the commands of a phase. When a command has ended it, the next command finds a new one."""

    def __init__(self, site: Site, user: str | None = None, *, lasting: bool = True) -> None:
        self._site = site
        self._user = user
        self._lasting = lasting
        self._script = os.path.join(site.scratch, "script.sh")
        self._variables = os.path.join(site.scratch, "variables")
        self._folder = os.path.join(site.scratch, "folder")
        self._conversation: Conversation | None = None
        if user:
            site.give_to(user)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._conversation is not None:
            self._conversation.kill() if kind else self.close(Hearing(lambda chunk: None, lambda: False))

    def run(self, command: str, hearing: Hearing) -> Ending:
        """Run one command to its end; what it left in the background works on."""
        with open(self._script, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(f"{command}\n")
        conversation = self._conversation or self._begun()
        answer = conversation.ask("go", hearing)
        if answer is None:
            self._over(conversation, hearing)
            return Ending(_status(conversation.returncode), conversation.cut)
        if not self._lasting:
            self.close(hearing)
        return Ending(int(answer))

    def close(self, hearing: Hearing) -> None:
        """Let the shell end as shells do, its own traps included."""
        if self._conversation is not None:
            self._over(self._conversation, hearing)

    def _begun(self) -> Conversation:
        site = self._site
        env_program = shutil.which("env", path=os.defpath) or "/usr/bin/env"
        left = _LEFT.format(env=env_program, variables=shlex.quote(self._variables), folder=shlex.quote(self._folder))
        driver = _DRIVER.format(left=left, trap=shlex.quote(left), script=shlex.quote(self._script))
        cwd = site.cwd if os.path.isdir(site.cwd) else site.source
        self._conversation = Conversation(Launch((site.shell, "-c", driver), cwd, site.env), site.pipe, self._user)
        return self._conversation

    def _over(self, conversation: Conversation, hearing: Hearing) -> None:
        self._conversation = None
        conversation.end(hearing)
        if conversation.has_left_something():
            self._site.leaders.append(conversation.leader)
        if self._lasting and not conversation.cut:
            self._remember()
        for path in (self._variables, self._folder):
            if os.path.exists(path):
                os.unlink(path)

    def _remember(self) -> None:
        """What a shell leaves to the next. One that was killed, or has a trap of its own, leaves nothing."""
        try:
            with open(self._variables, "rb") as file:
                entries = file.read().decode("utf-8", "surrogateescape").split("\0")
            with open(self._folder, encoding="utf-8", errors="surrogateescape") as lines:
                folder = lines.read().removesuffix("\n")
        except FileNotFoundError:
            return
        pairs = (entry.partition("=") for entry in entries if "=" in entry)
        found = {name: value for name, _, value in pairs if name not in _OWN}
        if found:
            self._site.env = found
            self._site.cwd = folder or self._site.cwd


def find_shell(said: str | None, path: str, where: str) -> str:
    """The program that `env.shell` names: sh where nothing is said."""
    name = os.path.basename(said or "sh")
    if name not in SHELLS:
        raise UsageError(
            f"env.shell: {said} is none of the shells that commands can be run with here",
            where=where,
            hint=f"one of {', '.join(SHELLS)}",
        )
    found = shutil.which(said or "sh", path=path)
    if found is None:
        raise UsageError(f"env.shell: {said} is not on this machine", where=where, hint=f"install {name}")
    return found


def evaluated(site: Site, text: str) -> str:
    """What a shell makes of `$NAME` and `$(command)` in a text."""
    answer, end = os.path.join(site.scratch, "evaluated"), "__END_OF_TEXT__"
    with Shell(site, lasting=False) as shell:
        command = f"{{ cat <<{end}\n{text}\n{end}\n}} >{shlex.quote(answer)} 2>/dev/null"
        shell.run(command, Hearing(lambda chunk: None, lambda: False, site.deadline))
    with open(answer, encoding="utf-8", errors="surrogateescape") as file:
        return file.read().strip()


def _status(code: int | None) -> int:
    """As shells count: 128 and the signal."""
    return 1 if code is None else code if code >= 0 else 128 - code
