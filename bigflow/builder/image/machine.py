"""Turns this machine into what registries call its processor."""

import os

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def own_architecture() -> str:
    name = os.uname().machine.lower()
    return _ARCHITECTURES.get(name, name)
