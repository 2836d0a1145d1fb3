"""Turns wishes for a container engine, docker or podman, into calls of its program, and what it says into values."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from bigflow._process import Completed, ProgramMissing, run
from bigflow.containers.descriptor import Platform
from bigflow.containers.engine_failures import gone_wrong, unreachable
from bigflow.containers.reference import parse
from bigflow.errors import OutsideError, UsageError

Kind: TypeAlias = Literal["docker", "podman"]
Builder: TypeAlias = Literal["buildx", "buildkit", "classic", "podman"]
KINDS: tuple[Kind, ...] = ("docker", "podman")

_LIMIT = 60.0  # seconds for what an engine answers at once
_LONG = 1800.0  # and for what moves images
_BUILDX_ONLY = 23  # from this version on, docker's program leaves BuildKit to its plugin


class Tool(Protocol):
    """Runs a program to its end, its output being shown as it comes: `work.tool` of a build step is one."""

    def __call__(
        self, args: tuple[str, ...], *, cwd: str | None = None, env_add: Mapping[str, str | None] | None = None
    ) -> Completed: ...


class NoEngine(OutsideError):
    """No container engine can be used here."""


@dataclass(frozen=True, slots=True)
class Building:
    """An image to be built from a Dockerfile, which may lie outside of the folder that it sees."""

    name: str
    context: str
    dockerfile: str
    platform: Platform
    arguments: tuple[tuple[str, str], ...] = ()
    secrets: tuple[tuple[str, str], ...] = ()  # id -> file; they are in no layer
    cache_from: tuple[str, ...] = ()
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Container:
    """A container to be run. The engine's program finds the values of `secrets` in its own variables."""

    name: str
    image: str
    command: tuple[str, ...]
    variables: tuple[tuple[str, str], ...] = ()
    secrets: tuple[str, ...] = ()
    mounts: tuple["Mount", ...] = ()
    memory: int = 0  # bytes; 0: no limit
    cpus: float = 0.0


@dataclass(frozen=True, slots=True)
class Mount:
    """A file or folder of this machine that a container sees."""

    source: str
    target: str
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """How a container ended."""

    exit_code: int
    out_of_memory: bool
    error: str  # why it never began


@dataclass(frozen=True, slots=True)
class Engine:
    """A container engine that answers."""

    program: str
    kind: Kind
    version: str
    platform: Platform
    builder: Builder

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"

    @property
    def takes_secrets(self) -> bool:
        """Whether a build can be shown a secret that no layer remembers."""
        return self.builder != "classic"

    def build(self, wish: Building, tool: Tool) -> None:
        """Have the image."""
        if wish.secrets and not self.takes_secrets:
            raise UsageError(
                f"{self} builds without BuildKit, and so would leave the secret {wish.secrets[0][0]!r} in a layer",
                hint="install docker's buildx plugin, or set image.builder = 'podman' under [tool.bigflow]",
            )
        done = tool((self.program, *self._build_words(wish)), env_add=self._variables())
        if not done.ok:
            raise gone_wrong(done.stdout, str(self), "the image cannot be built")

    def push(self, name: str, target: str, tool: Tool) -> Completed:
        """Send an image to a registry on loopback. What came of it is for the registry to judge."""
        if self.kind == "podman":
            return tool((self.program, "push", "--tls-verify=false", name, f"docker://{target}"))
        self.must("tag", name, target)
        try:
            return tool((self.program, "push", target))
        finally:
            self.call("image", "rm", target)

    def pull(self, target: str, name: str) -> bool:
        """Fetch an image from a registry on loopback and call it `name`; whether that could be done."""
        insecure = ("--tls-verify=false",) if self.kind == "podman" else ()
        if not self.call("pull", "--quiet", *insecure, target, limit=_LONG).ok:
            return False
        self.must("tag", target, name)
        self.call("image", "rm", target)
        return True

    def save(self, name: str, path: str) -> None:
        """Have an image in an archive."""
        self.must("save", "--output", path, name, limit=_LONG)

    def load(self, path: str) -> None:
        """Take what is in an archive."""
        self.must("load", "--input", path, limit=_LONG)

    def has(self, name: str) -> bool:
        """Whether it has an image of this name."""
        return self.call("image", "inspect", "--format", "{{.Id}}", name).ok

    def names(self, repository: str) -> tuple[str, ...]:
        """The images of a repository, by name and tag."""
        listed = self.call("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", "--filter", f"reference={repository}")
        return tuple(listed.stdout.split())

    def remove_image(self, name: str) -> None:
        """Forget a name, unless a container still needs it."""
        self.call("image", "rm", name)

    def run_words(self, container: Container) -> tuple[str, ...]:
        """The program and its words that run a container to its end, as a pod would: with this very command."""
        words = [self.program, "run", "--name", container.name, "--pull", "never"]
        words += [word for name, value in container.variables for word in ("--env", f"{name}={value}")]
        words += [word for name in container.secrets for word in ("--env", name)]  # a value here could be seen in `ps`
        words += [word for mount in container.mounts for word in ("--mount", _mount(mount))]
        if container.memory:  # and no swap, which a cluster does not have either
            words += ["--memory", str(container.memory), "--memory-swap", str(container.memory)]
        if container.cpus:
            words += ["--cpus", f"{container.cpus:g}"]
        entry, *rest = container.command
        return (*words, "--entrypoint", entry, container.image, *rest)

    def ended(self, name: str) -> Ended | None:
        """How a container ended; None when there is none of this name."""
        told = self.call("container", "inspect", "--format", "{{json .State}}", name)
        try:
            state = json.loads(told.stdout)
            return Ended(int(state["ExitCode"]), bool(state["OOMKilled"]), str(state.get("Error") or ""))
        except (ValueError, KeyError, TypeError):
            return None

    def kill(self, name: str) -> None:
        """End a container at once."""
        self.call("kill", "--signal", "KILL", name)

    def remove(self, name: str) -> None:
        """End a container if it still runs, and forget it."""
        self.call("rm", "--force", "--volumes", name)

    def call(self, *words: str, limit: float = _LIMIT) -> Completed:
        """One call, whatever comes of it."""
        return run((self.program, *words), timeout=limit)

    def must(self, *words: str, limit: float = _LIMIT) -> None:
        """One call that has to succeed."""
        done = self.call(*words, limit=limit)
        if not done.ok:
            raise gone_wrong(done.stderr or done.stdout, str(self), f"{self.kind} {words[0]} failed")

    def _build_words(self, wish: Building) -> Iterable[str]:
        yield from ("buildx", "build", "--load") if self.builder == "buildx" else ("build",)
        yield from ("--file", wish.dockerfile, "--tag", wish.name)
        if self.builder == "podman":
            yield from ("--format", "docker")  # else it would pass over SHELL and HEALTHCHECK
        elif self.builder == "classic":
            yield "--force-rm"  # else the container of a line that failed would stay
        else:
            yield from ("--progress", "plain")
        if wish.platform != self.platform:
            yield from ("--platform", str(wish.platform))
        for name, value in wish.arguments:
            yield from ("--build-arg", f"{name}={value}")
        for name, file in wish.secrets:
            yield from ("--secret", f"id={name},src={file}")
        for image in self._caches(wish):
            yield from ("--cache-from", image)
        if wish.cache_from and self.kind == "docker":
            yield from ("--build-arg", "BUILDKIT_INLINE_CACHE=1")  # so that this image is one to be named there, too
        if wish.fresh:
            yield "--no-cache"
        yield wish.context

    def _caches(self, wish: Building) -> Iterable[str]:
        """Podman looks through a whole repository, and takes no tag."""
        if self.kind == "docker":
            return wish.cache_from
        return dict.fromkeys(parse(image).name for image in wish.cache_from)

    def _variables(self) -> Mapping[str, str]:
        """Classic or BuildKit is ours to say. Beside an image lies nothing that only tells how it was made."""
        if self.kind == "podman":
            return {}
        kit = "0" if self.builder == "classic" else "1"
        return {"DOCKER_BUILDKIT": kit, "DOCKER_CLI_HINTS": "false", "BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}


def find(wanted: Kind | None = None) -> Engine:
    """The engine that is wanted, or the first that can be used; NoEngine says of each why it cannot."""
    refusals: list[OutsideError] = []
    for kind in (wanted,) if wanted else KINDS:
        try:
            return _docker() if kind == "docker" else _podman()
        except OutsideError as refusal:
            refusals.append(refusal)
    present = [refusal for refusal in refusals if refusal.hint]
    told = "; ".join(refusal.message for refusal in refusals)
    hint = (present or refusals)[0].hint or "install and start docker or podman"
    raise NoEngine(f"no container engine can be used: {told}", hint=hint)


def _docker() -> Engine:
    told = _asked("docker", "version", "--format", "{{json .}}")
    try:
        answer = json.loads(told.stdout)
        client, server = answer["Client"], answer["Server"]
        platform = Platform(server["Os"], server["Arch"])
        return Engine("docker", "docker", server["Version"], platform, _builder(client["Version"]))
    except (ValueError, KeyError, TypeError):
        raise unreachable("docker", told.stderr or told.stdout) from None


def _builder(client: str) -> Builder:
    """BuildKit through its plugin; older programs have a client of their own for it."""
    if run(("docker", "buildx", "version"), timeout=_LIMIT).ok:
        return "buildx"
    major = client.partition(".")[0]
    return "buildkit" if major.isdecimal() and int(major) < _BUILDX_ONLY else "classic"


def _podman() -> Engine:
    told = _asked("podman", "info", "--format", "json")
    try:
        answer = json.loads(told.stdout)
        host = answer["host"]
        platform = Platform(host["os"], host["arch"])
        return Engine("podman", "podman", answer["version"]["Version"], platform, "podman")
    except (ValueError, KeyError, TypeError):
        raise unreachable("podman", told.stderr or told.stdout) from None


def _asked(*words: str) -> Completed:
    try:
        done = run(words, timeout=_LIMIT)
    except ProgramMissing:
        raise OutsideError(f"{words[0]} is not installed") from None
    if done.timed_out:
        raise OutsideError(f"{words[0]} does not answer within {_LIMIT:g} seconds", hint=f"restart {words[0]}")
    return done


def _mount(mount: Mount) -> str:
    """As both engines read it: fields of CSV, where what has a comma or a quote is quoted."""
    fields = ["type=bind", f"source={mount.source}", f"target={mount.target}"]
    fields += ["readonly"] if mount.read_only else []
    return ",".join(f'"{field.replace(chr(34), chr(34) * 2)}"' if set(field) & set(',"') else field for field in fields)
