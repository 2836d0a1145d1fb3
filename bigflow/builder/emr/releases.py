"""Turns the name of an EMR release into the Pythons and the C library that it has."""

import re
from typing import NamedTuple

DEFAULT = "emr-7.1.0"  # what it has, all later releases of 7 have too
_NAME = re.compile(r"emr-(spark-)?([0-9]+)\.([0-9]+)(?:\.[0-9]+)?(?:-\S+)?", re.ASCII)


class Release(NamedTuple):
    """What the machines of a release have. Python 3.x is `/usr/bin/python3.x`."""

    pythons: tuple[str, ...]  # the one that Spark takes by itself first
    glibc: str


# As Amazon's lists of application versions say it. 6.x is made of Amazon Linux 2, what follows of Amazon Linux 2023.
_KNOWN = (
    ("", 6, 0, Release(("3.7",), "2.26")),
    ("", 7, 0, Release(("3.9",), "2.34")),
    ("", 7, 1, Release(("3.9", "3.11"), "2.34")),
    ("spark-", 8, 0, Release(("3.11", "3.12", "3.13"), "2.34")),
)


def release_of(name: str) -> Release | None:
    """The release; None if nothing is known here of its family."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    line, major, minor = found[1] or "", int(found[2]), int(found[3])
    fitting = [release for of, first, since, release in _KNOWN if (of, first) == (line, major) and since <= minor]
    return fitting[-1] if fitting else None
