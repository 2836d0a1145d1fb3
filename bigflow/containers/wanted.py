"""Turns the name of a base image, as a project writes it, into where that is to be looked for."""

import os
from dataclasses import dataclass
from typing import Literal

from bigflow.containers.descriptor import Platform

LAYOUT, DEBIAN = "oci-layout:", "mmdebstrap:"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A base image: its name as the project writes it, and for what platform. Paths are relative to `folder`."""

    name: str
    platform: Platform
    folder: str

    @property
    def kind(self) -> Literal["registry", "layout", "archive", "debian"]:
        if self.name.startswith(LAYOUT):
            return "layout"
        if self.name.startswith(DEBIAN):
            return "debian"
        return "archive" if self.name.endswith(".tar") else "registry"

    @property
    def path(self) -> str:
        """Where it lies on this disk; empty for what does not."""
        if self.kind == "archive":
            return os.path.join(self.folder, self.name)
        return os.path.join(self.folder, self.name.removeprefix(LAYOUT).partition(":")[0]) if self.is_layout else ""

    @property
    def is_layout(self) -> bool:
        return self.kind == "layout"

    @property
    def state(self) -> str:
        """Says whether what lies on this disk is still the same; it is only looked at."""
        if not self.path:
            return ""
        try:
            stat = os.stat(os.path.join(self.path, "index.json") if self.is_layout else self.path)
        except OSError:
            return "absent"
        return f"{stat.st_size} {stat.st_mtime_ns}"
