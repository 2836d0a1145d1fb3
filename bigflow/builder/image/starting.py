"""Turns a root file system and a command into what the command did in it, by whatever this machine has for that."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bigflow import _ambient
from bigflow._process import Completed
from bigflow.builder.image.places import HOME, UID, WORK_FOLDER
from bigflow.builder.image.root import Root
from bigflow.builder.step import Work

_RUNTIMES = ("crun", "runc")
_WRITABLE = ("/tmp", WORK_FOLDER, HOME)
_NOTHING = ("/bin/true",)
_NAMESPACES = ("pid", "ipc", "uts", "mount")  # the network is that of this machine: a job may need it


@dataclass(frozen=True, slots=True)
class Start:
    """A command, with all the variables that it sees."""

    root: Root
    words: tuple[str, ...]
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Way:
    """One thing that may start commands in a root file system. If it `works` is tried with this machine's files."""

    name: str
    run: Callable[[Start], Completed]
    works: Callable[[], bool]


def ways(work: Work) -> Iterator[Way]:
    """Those that are on this machine, the best first."""
    if sys.platform == "linux":
        found = (*(_runtime(work, name) for name in _RUNTIMES), _unshare(work))
        yield from (way for way in found if shutil.which(way.name))


def _runtime(work: Work, name: str) -> Way:
    """An OCI runtime. Whoever is not root is root in there, and may not write into what others will use."""
    folder = os.path.join(work.folder, name)

    def run(start: Start) -> Completed:
        return begin(start, _mounts())

    def works() -> bool:
        root = os.path.join(folder, "trial")
        os.makedirs(root)
        return begin(Start(Root(root, root), _NOTHING, {}), [*_mounts(), *_own_programs(root)]).returncode == 0

    def begin(start: Start, mounts: list[dict[str, object]]) -> Completed:
        bundle = os.path.join(folder, "bundle")
        os.makedirs(bundle, exist_ok=True)
        with open(os.path.join(bundle, "config.json"), "w", encoding="utf-8") as file:
            json.dump(_configuration(start, mounts), file)
        container = f"bigflow-{os.getpid()}-{name}"
        state = os.path.join(folder, "state")
        options = ("--root", state, *(("--cgroup-manager=disabled",) if name == "crun" else ()))
        return work.tool((*start.root.entrance, name, *options, "run", "--bundle", bundle, container))

    return Way(name, run, works)


def _configuration(start: Start, mounts: list[dict[str, object]]) -> Mapping[str, object]:
    """As the runtime specification has it."""
    is_root = os.geteuid() == 0
    user = UID if is_root else 0
    linux: dict[str, object] = {"namespaces": [{"type": kind} for kind in _NAMESPACES]}
    if not is_root:
        linux = {
            "namespaces": [{"type": kind} for kind in (*_NAMESPACES, "user")],
            "uidMappings": [{"containerID": 0, "hostID": os.geteuid(), "size": 1}],
            "gidMappings": [{"containerID": 0, "hostID": os.getegid(), "size": 1}],
        }
    return {
        "ociVersion": "1.0.2",
        "process": {
            "terminal": False,
            "user": {"uid": user, "gid": user},
            "args": list(start.words),
            "env": [f"{name}={value}" for name, value in start.variables.items()],
            "cwd": WORK_FOLDER if start.variables else "/",
            "noNewPrivileges": True,
        },
        "root": {"path": start.root.folder, "readonly": not is_root},
        "hostname": "bigflow",
        "mounts": mounts,
        "linux": linux,
    }


def _mounts() -> list[dict[str, object]]:
    device: dict[str, object] = {
        "destination": "/dev",
        "type": "tmpfs",
        "source": "tmpfs",
        "options": ["nosuid", "mode=755"],
    }
    own = _WRITABLE if os.geteuid() != 0 else ()
    scratch: list[dict[str, object]] = [{"destination": path, "type": "tmpfs", "source": "tmpfs"} for path in own]
    return [{"destination": "/proc", "type": "proc", "source": "proc"}, device, *scratch]


def _own_programs(root: str) -> Iterator[dict[str, object]]:
    """What a program of this machine needs to be started in an empty root file system."""
    for name in ("bin", "lib", "lib64", "usr"):
        path = f"/{name}"
        if os.path.islink(path):
            os.symlink(os.readlink(path), os.path.join(root, name))
        elif os.path.isdir(path):
            yield {"destination": path, "type": "bind", "source": path, "options": ["rbind", "ro"]}


def _unshare(work: Work) -> Way:
    """Plain namespaces, where no OCI runtime is installed."""
    is_root = os.geteuid() == 0
    namespaces = ("--mount", "--pid", "--fork", "--kill-child", *(() if is_root else ("--map-root-user",)))
    user = (f"--setuid={UID}", f"--setgid={UID}") if is_root else ()

    def run(start: Start) -> Completed:
        if is_root:
            _make_devices(os.path.join(start.root.own, "dev"))
        os.makedirs(os.path.join(start.root.own, "proc"), exist_ok=True)
        place = (f"--root={start.root.folder}", f"--wd={WORK_FOLDER}", "--mount-proc")
        only: dict[str, str | None] = {**dict.fromkeys(_ambient.environment()), **start.variables}
        return work.tool((*start.root.entrance, "unshare", *namespaces, *place, *user, *start.words), env_add=only)

    def works() -> bool:
        return work.tool(("unshare", *namespaces, *user, *_NOTHING)).returncode == 0

    return Way("unshare", run, works)


def _make_devices(folder: str) -> None:
    os.makedirs(folder, exist_ok=True)
    for name, minor in (("null", 3), ("zero", 5), ("random", 8), ("urandom", 9)):
        path = os.path.join(folder, name)
        if not os.path.lexists(path):
            os.mknod(path, 0o20666, os.makedev(1, minor))
            os.chmod(path, 0o666)
