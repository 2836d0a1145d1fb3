"""Turns the sources of a lock and its target into the head that a lock made from them bears."""

import hashlib
import re

from bigflow.builder.requirements.sources import Sources
from bigflow.builder.requirements.target import Target

_HASH = re.compile(r"^# \$source-hash: sha256:([0-9a-f]{64})$", re.MULTILINE)
_FORM = "lock 1"


def header(sources: Sources, target: Target) -> str:
    """The first lines of the lock."""
    return (
        f"# What {sources.files[0]} asks for, in exact versions, for {target}.\n"
        f"# Written by `bigflow build-requirements`: change {sources.files[0]}, not this file.\n"
        f"# $source-hash: sha256:{_digest(sources, target)}\n"
    )


def is_fresh(lock: str, sources: Sources, target: Target) -> bool:
    """Whether this lock was made from these sources for this target; one of 1.11 says nothing of a target."""
    return any(said in (_digest(sources, target), sources.hash_of_1_11) for said in _HASH.findall(lock))


def _digest(sources: Sources, target: Target) -> str:
    for_whom = (target.python, *target.platforms) if sources.lines else ()  # nothing is the same for everybody
    parts = (_FORM, *for_whom, *sources.files, *sources.contents)
    text = "".join(f"{len(part)}\0{part}" for part in parts)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
