"""Turns the Python and the platforms that a project runs on into what uv has to know of them."""

from typing import NamedTuple

DEFAULT_PLATFORM = "linux/amd64"
# glibc 2.28: of the oldest base images in use. What runs there runs on all newer ones.
_UV_PLATFORMS = {
    "linux/amd64": "x86_64-manylinux_2_28",
    "linux/arm64": "aarch64-manylinux_2_28",
    "linux/riscv64": "riscv64-unknown-linux",
}


class Target(NamedTuple):
    """Where the locked packages are to run."""

    python: str  # "3.12"
    platforms: tuple[str, ...] = (DEFAULT_PLATFORM,)

    @property
    def uv_options(self) -> tuple[str, ...]:
        """For one platform that uv knows the lock is made for it; else for all there are, with markers."""
        names = {_UV_PLATFORMS.get(platform.removesuffix("/v8")) for platform in self.platforms}
        name = names.pop() if len(names) == 1 else None
        return ("--python-version", self.python, *(("--python-platform", name) if name else ("--universal",)))

    def __str__(self) -> str:
        return f"Python {self.python} on {', '.join(self.platforms)}"


def target(python: str | None, platforms: tuple[str, ...], interpreter: str) -> Target:
    """What the project says; where it says nothing, the Python that it runs in here and the usual platform."""
    version = python or ".".join(interpreter.split(".")[:2])
    return Target(version, tuple(sorted(set(platforms))) or (DEFAULT_PLATFORM,))
