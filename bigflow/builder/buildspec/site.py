"""Where a buildspec is run: its folders, its variables, and what its phases leave to each other."""

import contextlib
import os
import pwd
import shutil
import tempfile
from dataclasses import dataclass, field

from bigflow._files import unwritable
from bigflow._process import Pipe
from bigflow._process_tree import signal_group
from bigflow.errors import UsageError

_KILL = 9


@dataclass(slots=True)
class Site:
    """Lives as long as the build. All but the sources of `--in-place` lies in one folder that is gone afterwards."""

    folder: str
    source: str  # CODEBUILD_SRC_DIR
    pipe: Pipe  # takes what commands write, also those that work on in the background
    in_place: bool
    env: dict[str, str] = field(default_factory=dict)  # what the next shell begins with
    cwd: str = ""  # and the folder
    shell: str = "sh"
    secrets: tuple[str, ...] = ()  # are never shown
    succeeding: bool = True
    deadline: float | None = None
    time_is_up: bool = False
    leaders: list[int] = field(default_factory=list)  # of process groups in which something may still be at work
    owner: str | None = None  # whom the folders were given to

    @property
    def home(self) -> str:
        return os.path.join(self.folder, "home")

    @property
    def tools(self) -> str:
        """Programs that CodeBuild has."""
        return os.path.join(self.folder, "tools")

    @property
    def python(self) -> str:
        """A virtual environment, so that `pip install` touches nothing of the user's."""
        return os.path.join(self.folder, "python")

    @property
    def scratch(self) -> str:
        """What shells read and leave."""
        return os.path.join(self.folder, "tmp")

    def give_to(self, user: str) -> None:
        """Let another user work here."""
        if user == self.owner:
            return
        try:
            entry = pwd.getpwnam(user)
        except KeyError:
            raise UsageError(f"run-as: this machine has no user {user!r}", hint=f"useradd {user}") from None
        mine = os.geteuid()
        if mine not in (0, entry.pw_uid):
            raise UsageError(
                f"run-as: only root can run commands as {user!r}", hint="run bigflow as root, or leave run-as out"
            )
        if mine == 0 and not (self.in_place and entry.pw_uid == 0):
            _give(self.folder, entry.pw_uid, entry.pw_gid)
        self.owner = user

    def close(self) -> None:
        """End what works on in the background; nothing of the folder remains."""
        for leader in self.leaders:
            signal_group(leader, _KILL)
        for process in _marked(f"CODEBUILD_SRC_DIR={self.source}", f"HOME={self.home}"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process, _KILL)
        self.pipe.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def new_site(root: str, in_place: bool) -> Site:
    """Empty folders for one build of what lies in `root`."""
    try:
        folder = os.path.realpath(tempfile.mkdtemp(prefix="bigflow-buildspec-"))
        site = Site(folder, root if in_place else os.path.join(folder, "src"), Pipe.new(), in_place)
        os.chmod(folder, 0o711)  # `run-as` goes through it
        for path in (site.home, site.tools, site.scratch, site.source):
            os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise unwritable(error.filename or tempfile.gettempdir(), error) from error
    site.cwd = site.source
    return site


def _give(folder: str, user: int, group: int) -> None:
    for parent, folders, names in os.walk(folder):
        for name in ("", *folders, *names):
            os.chown(os.path.join(parent, name) if name else parent, user, group, follow_symlinks=False)


def _marked(*marks: str) -> list[int]:
    """Processes that carry our variables, wherever they moved (Linux)."""
    wanted = {mark.encode("utf-8", "surrogateescape") for mark in marks}
    found = []
    with contextlib.suppress(OSError):
        for name in filter(str.isdecimal, os.listdir("/proc")):
            with contextlib.suppress(OSError), open(f"/proc/{name}/environ", "rb") as file:
                if wanted <= set(file.read().split(b"\0")):
                    found.append(int(name))
    return found
