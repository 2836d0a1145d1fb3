"""Turns a base image and what the project needs into the Python to build upon, or into why that cannot be."""

from dataclasses import dataclass

from bigflow.builder.image.offer import Offer
from bigflow.builder.image.places import minor
from bigflow.builder.step import Project
from bigflow.containers.bases import Base
from bigflow.errors import UsageError

_TRIPLES = {"amd64": "x86_64", "arm64": "aarch64"}
_GLIBC_OF_UV = (17, 28, *range(31, 41))  # for which uv has a name: manylinux_2_17, ...


@dataclass(frozen=True, slots=True)
class Foundation:
    """What the layers of a project are made for and laid upon."""

    base: Base
    python: str  # "3.12"
    interpreter: str  # "/usr/local/bin/python3.12"
    libc: str  # "glibc 2.36" or "musl"
    uv_platform: str
    passwd: str
    group: str

    @property
    def glibc(self) -> tuple[int, ...]:
        """As numbers; nothing where it is musl."""
        return tuple(int(part) for part in self.libc.removeprefix("glibc ").split(".")) if self.libc != "musl" else ()


def foundation(project: Project, name: str, base: Base, offer: Offer) -> Foundation:
    """The Python of the base that the project is locked for."""
    python = minor(project.spec.python or project.python.version)
    pythons = dict(offer.pythons)
    if not pythons:
        raise _unfit(project, name, "has no Python", _say_base(python))
    first, offered = next(iter(pythons)), " and ".join(pythons)
    if python not in pythons:
        what = f"has Python {offered}, and the requirements are locked for {python}"
        raise _unfit(project, name, what, f"{_say_base(python)}; or {_say_python(first)}")
    if len(pythons) > 1 and project.spec.python is None:
        raise _unfit(project, name, f"has Python {offered}", f'say which: python = "{first}" in [tool.bigflow]')
    libc = f"glibc {offer.glibc}" if offer.glibc else "musl" if offer.musl else ""
    if not libc:
        raise _unfit(project, name, "has no C library that is known here", _say_base(python))
    return Foundation(
        base, python, pythons[python], libc, _uv_platform(project, name, base, offer), offer.passwd, offer.group
    )


def _uv_platform(project: Project, name: str, base: Base, offer: Offer) -> str:
    platform = base.image.platform
    triple = _TRIPLES.get(platform.architecture) if platform.os == "linux" else None
    if triple is None:
        hint = "image.platforms can have linux/amd64 and linux/arm64; for others write a Dockerfile"
        raise UsageError(f"packages cannot be installed for {platform} from here", where=_where(project), hint=hint)
    if not offer.glibc:
        return f"{triple}-unknown-linux-musl"
    major, _, number = offer.glibc.partition(".")
    fitting = [known for known in _GLIBC_OF_UV if major == "2" and known <= int(number)]
    if not fitting:
        raise _unfit(project, name, f"has glibc {offer.glibc}, for which no packages are made any more", "take a newer")
    return f"{triple}-manylinux_2_{fitting[-1]}"


def _unfit(project: Project, name: str, what: str, hint: str) -> UsageError:
    return UsageError(f"the base image {name} {what}", where=_where(project), hint=hint)


def _where(project: Project) -> str:
    spec = project.spec
    return spec.where("image.base") or spec.where("python") or "pyproject.toml"


def _say_base(python: str) -> str:
    return f'image.base = "python:{python}-slim" in [tool.bigflow]'


def _say_python(python: str) -> str:
    return f'python = "{python}" there, then: bigflow build-requirements'
