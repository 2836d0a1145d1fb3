"""Turns this process into who is at work: a name, and a token by which its machine knows whether it lives."""

import getpass
import os
import socket
import time

from bigflow import _ambient
from bigflow.deployer.actor import Actor

_IN_CI = ("GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILD_TRIGGERED_BY")


def actor() -> Actor:
    """Who we are, now."""
    return Actor(_who(), _token(os.getpid()), _ambient.now(), _gone, time.monotonic)


def _who() -> str:
    named = next((os.environ[name] for name in _IN_CI if os.environ.get(name)), "")
    try:
        return f"{named or getpass.getuser()}@{socket.gethostname()}"
    except (KeyError, OSError):  # a container whose user has no name
        return f"{os.getuid()}@{socket.gethostname()}"


def _gone(token: str) -> bool:
    """Whether that process has certainly ended. Of other machines, and where there is no /proc, nothing is certain."""
    machine, _, process = token.rpartition(" ")
    if not machine or machine != _machine() or not process.partition("-")[0].isdecimal():
        return False
    return _token(int(process.partition("-")[0])) != token


def _token(process: int) -> str:
    """The machine since it was switched on, its view of processes, and the process with the moment of its birth."""
    try:
        with open(f"/proc/{process}/stat", "rb") as file:
            after_name = file.read().rpartition(b")")[2].split()
    except OSError:
        return f"{_machine()} {process}-"
    birth = b"" if after_name[0] in (b"Z", b"X") else after_name[19]
    return f"{_machine()} {process}-{birth.decode()}"


def _machine() -> str:
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            boot = file.read().strip()
        return f"{boot}/{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        return ""
