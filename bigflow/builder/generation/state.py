"""Turns what generated code was made from, and by what, into a file beside it, and back."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from bigflow._files import write_atomically
from bigflow.project.generated_path import STATE
from bigflow.project.layout import read_bytes


@dataclass(frozen=True, slots=True)
class State:
    """Of the code that lies there."""

    read: Mapping[str, str] = field(default_factory=dict)  # each source with its hash
    left: str = ""  # one hash for all that was generated
    by: tuple[str, ...] = ()  # generators, with their versions


def read_state(root: str) -> State:
    """An empty one when there is none, or it is damaged."""
    try:
        match json.loads(read_bytes(os.path.join(root, STATE)) or b"{}"):
            case {"read": {**read}, "left": str() as left, "by": [*by]}:
                return State({str(path): str(value) for path, value in read.items()}, left, tuple(map(str, by)))
    except ValueError:
        pass
    return State()


def write_state(root: str, state: State) -> None:
    told = {"read": dict(state.read), "left": state.left, "by": list(state.by)}
    write_atomically(os.path.join(root, STATE), json.dumps(told, indent=1))
