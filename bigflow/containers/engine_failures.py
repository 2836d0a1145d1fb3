"""Turns what a container engine wrote before it gave up into an error that says whose fault it is."""

import re

from bigflow.errors import BigflowError, OutsideError

# What engines of many versions write; the first pattern that is found tells what it was.
_FULL = re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE)
_GONE = re.compile(
    r"cannot connect to (?:the docker daemon|podman)|error during connect|error reading from server"
    r"|transport is closing|code = unavailable|unexpected EOF\b(?! while)"
    r"|connection reset by peer|broken pipe|server closed",
    re.IGNORECASE,
)
_DENIED = re.compile(r"permission denied while trying to connect|dial unix \S+: connect: permission denied", re.I)
_SYNTAX = re.compile(
    r"(?:dockerfile parse error|parse error on|parsing main dockerfile|unknown instruction|unknown flag|syntax error)"
    r"(?:[^\n]*?\bline (\d+))?[^\n]*",
    re.IGNORECASE,
)
_COMMAND = re.compile(
    r"(?:The command '(.+?)' returned a non-zero code: (\d+)"
    r"|process \"(.+?)\" did not complete successfully: exit code: (\d+)"
    r"|executor failed running \[(.+?)\]: exit code: (\d+)"
    r"|at STEP \"(.+?)\":.*?exit status (\d+))",
    re.DOTALL,
)
_BASE = re.compile(
    r"pull access denied|manifest unknown|manifest for \S+ not found|no such host|initializing source|failed to resolve"
    r"|failed to do request|i/o timeout|TLS handshake|toomanyrequests|unauthorized|x509|no match for platform"
    r"|repository does not exist|did not resolve to an alias|connection refused|no matching manifest"
    r"|server misbehaving",
    re.IGNORECASE,
)
_FOREIGN = re.compile(r"exec format error", re.IGNORECASE)
_IMAGE = re.compile(r"(?:^Step \d+/\d+ : |STEP \d+/\d+: |metadata for |\bFROM )(?:FROM )?(\S+)", re.MULTILINE)
_LONGEST = 300
_STARTED = {
    "docker": "start it: sudo systemctl start docker, or Docker Desktop",
    "podman": "start it: podman machine start",
}
_LOG = "what it wrote last is above, and all of it in the step's log"


def gone_wrong(output: str, engine: str, what: str) -> BigflowError:
    """The error of a call that failed. `what` is said where the output tells nothing that we know."""
    kind = engine.partition(" ")[0]
    if _FULL.search(output):
        hint = f"{kind} system prune   (removes what its images and builds left)"
        return OutsideError(f"{what}: the disk of {engine} is full", hint=hint)
    if _FOREIGN.search(output):
        hint = "install qemu-user-static (binfmt), or build on a machine of that platform"
        return OutsideError(f"{what}: {engine} cannot run programs of that platform here", hint=hint)
    failed = _COMMAND.search(output)
    if failed:
        return _of_a_command(failed, what)
    if _DENIED.search(output):
        return unreachable(kind, output)
    if _GONE.search(output):
        return OutsideError(f"{what}: {kind} has gone away: {_last_line(output)}", hint=_STARTED[kind])
    return _of_a_line(output, kind, what)


def unreachable(kind: str, output: str) -> OutsideError:
    """The error of an engine that does not answer, or not to us."""
    if "permission denied" in output.lower():
        return OutsideError(
            f"{kind} is running, but this user may not speak to it",
            hint="sudo usermod -aG docker $USER, then log in again; or use podman, which needs no rights",
        )
    said = _last_line(output)
    return OutsideError(f"{kind} does not answer" + (f": {said}" if said else ""), hint=_STARTED[kind])


def _of_a_command(failed: re.Match[str], what: str) -> BigflowError:
    command, code = (text for text in failed.groups() if text)
    command = command.removeprefix("/bin/sh -c ").removeprefix("RUN ")
    hint = "it was killed, probably for memory: give the engine more" if code == "137" else _LOG
    return BigflowError(f"{what}: RUN {_short(command)} ended with exit code {code}", where="Dockerfile", hint=hint)


def _of_a_line(output: str, kind: str, what: str) -> BigflowError:
    """What the engine said of a line that it did not carry out."""
    wrong = _SYNTAX.search(output)
    if wrong:
        where = f"Dockerfile:{wrong[1]}" if wrong[1] else "Dockerfile"
        return BigflowError(f"{what}: {_short(wrong[0])}", where=where, hint="correct that line, then: bigflow build")
    if _BASE.search(output):
        return _of_a_base(output, kind, what)
    return BigflowError(f"{what}: {_last_line(output)}", where="Dockerfile", hint=_LOG)


def _of_a_base(output: str, kind: str, what: str) -> OutsideError:
    images = _IMAGE.findall(output)
    return OutsideError(
        f"{what}: the image {images[-1].rstrip(':') if images else 'of a FROM'} cannot be had: {_last_line(output)}",
        where="Dockerfile",
        hint=f"see its name, and whether {kind} pull reaches it (docker login, proxy, platform)",
    )


def _last_line(output: str) -> str:
    """What was said last, without the advice that engines add to it."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    lines = [line for line in lines if not re.match(r"(?:DEPRECATED|Install the|https?://|-{3,}|See |Run ')", line)]
    return _short(lines[-1]) if lines else ""


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
