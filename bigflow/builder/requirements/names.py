"""Turns the line of a requirement into the package that it names, in the one spelling that all tools agree on."""

import re

FRAMEWORKS = ("bigflow", "bigflow-framework")  # 1.11's distribution, and ours: a build brings the framework itself
_NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[([^\]]*)\])?", re.ASCII)


def name_of(requirement: str) -> str:
    """`Ruamel.YAML[jinja2]>=0.18` is ruamel-yaml. Empty for what has no name: a path, an address, an option."""
    found = _NAME.match(requirement)
    if found is None or "/" in requirement[: found.end() + 1] or requirement[found.end() :].startswith(":"):
        return ""
    return normal(found[1])


def extras_of(requirement: str) -> tuple[str, ...]:
    """`a[x, y]` has x and y."""
    found = _NAME.match(requirement)
    return tuple(normal(extra.strip()) for extra in (found[2] or "").split(",") if extra.strip()) if found else ()


def normal(name: str) -> str:
    """Small letters, and `-` for every run of `-`, `_` and `.`."""
    return re.sub(r"[-_.]+", "-", name).lower()
