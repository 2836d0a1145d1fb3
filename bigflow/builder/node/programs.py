"""Turns the name of a program into its version, which is asked for once."""

import json
import os
import shutil

from bigflow._files import write_atomically
from bigflow._process import ProgramMissing, run

_LIMIT = 20.0
_REMEDIES = {
    "node": "install Node.js, 20 or newer",
    "npm": "install Node.js, which brings it",
    "pnpm": "corepack enable, or npm install --global pnpm",
    "yarn": "corepack enable, or npm install --global yarn",
}


def version_of(program: str, cache: str) -> str:
    """As it says itself. While its file is the same, what it has said still holds."""
    place = shutil.which(program)
    if place is None:
        raise ProgramMissing(f"{program} is not installed", hint=_REMEDIES[program])
    real = os.path.realpath(place)
    stat = os.stat(real)
    file = [real, stat.st_size, stat.st_mtime_ns]
    kept = os.path.join(cache, "programs", f"{program}.json")
    try:
        with open(kept, encoding="utf-8") as known:
            match json.load(known):
                case [said, str() as version] if said == file:
                    return version
    except (OSError, ValueError):
        pass
    version = run((program, "--version"), timeout=_LIMIT).stdout.strip()
    write_atomically(kept, json.dumps([file, version]))
    return version
