"""Turns a project's settings and its Dockerfile into the way in which its image is built."""

import os
from typing import Literal, TypeAlias

from bigflow.builder.step import Project
from bigflow.errors import UsageError

DOCKERFILE = "Dockerfile"
STANDARD = "# bigflow: standard"
Way: TypeAlias = Literal["native", "engine"]


def way(project: Project) -> Way:
    """As the project says; by itself, an engine is needed only for what a Dockerfile of its own says."""
    first = _first_line(os.path.join(project.root, DOCKERFILE))
    wanted = project.spec.image.builder
    if wanted in ("docker", "podman"):
        if first is None:
            raise UsageError(
                f"image.builder is {wanted!r}, and there is no {DOCKERFILE}",
                where=project.spec.where("image.builder"),
                hint=f"write a {DOCKERFILE}, or take the line out: without one, the image is built without {wanted}",
            )
        return "engine"
    return "native" if wanted == "native" or first is None or first == STANDARD else "engine"


def _first_line(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8-sig", errors="replace") as file:
            return file.readline().strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"cannot read {DOCKERFILE}: {error.strerror}", where=DOCKERFILE) from None
