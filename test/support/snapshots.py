"""Turns what a command printed into text that is the same on every machine and day, compared with a file."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from support.cli import CHECKOUT, Result

UPDATING = os.environ.get("UPDATE_SNAPSHOTS") == "1"

# What differs from run to run and from Python to Python, and what stands for it.
FILTERS: tuple[tuple[str, str], ...] = (
    (r"\b\d+\.\d s\b", "[TIME]"),
    (r'"seconds": [\d.e-]+', '"seconds": [TIME]'),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}", "[NOW]"),
    (r"\bg[0-9a-f]{12}\b", "g[HASH12]"),
    (r"\bg[0-9a-f]{8}\b", "g[HASH8]"),
    (r"\.t[0-9a-f]{8}\b", ".t[TREE8]"),
    (r"(bigflow-framework) \d\S*", r"\1 [VERSION]"),
    (r"\bPython 3\.\d+\.\d+ +", "Python [VERSION]   "),
    (r"\bPython 3\.\d+\.\d+", "Python [VERSION]"),
    (r"\b(Linux|macOS)\b", "[SYSTEM]"),
    (r"(?m)^(?:\S+ \|)? +[~^]+\n|(?<=\\n) +[~^]+\\n", ""),  # what each Python draws under a line in its own way
    (r'(?:(?:\S+ \| )?  File "\[BIGFLOW\].*\n(?:(?:\S+ \| )?    .*\n)+)+', "  (lines of the framework)\n"),
    (r"=+ (.+) in \d+\.\d\ds =+", r"== \1 in [TIME] =="),
    (r"(?m)^( +\|) _+ coverage: platform .* _+$", r"\1 [COVERAGE]"),
    (r"\bruntime (\(?)\d+ kB", r"runtime \1[SIZE]"),
    (r"(\bEMR bundle \S+ \(|\bemr-bundle )\d+ kB", r"\1[SIZE]"),
    (r"\b[\d.]+ [kM]B in all", "[SIZE] in all"),
    (r"/bigflow-error-\w+\.log", "/bigflow-error-[RANDOM].log"),
    (r"(?m)[ \t]+$", ""),
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The file that holds what one test's command must print, and the places that have names in it."""

    file: Path
    places: tuple[tuple[Path, str], ...] = ()

    def check(self, result: Result, *, by_the_clock: bool = False) -> None:
        """Compare; or, with UPDATE_SNAPSHOTS=1, write. `by_the_clock`: days around now differ from run to run."""
        shown = self._filtered(transcript(result))
        for day in _days_around_now() if by_the_clock else ():
            shown = shown.replace(day, "[A DAY AROUND NOW]")
        if UPDATING:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.write_text(shown, encoding="utf-8", errors="backslashreplace")
            return
        hint = "UPDATE_SNAPSHOTS=1 writes it; read it before you commit it"
        assert self.file.is_file(), f"there is no {self.file.name} yet ({hint}); the command printed:\n{shown}"
        wanted = self.file.read_text(encoding="utf-8")
        assert shown.encode("utf-8", "backslashreplace").decode() == wanted, hint

    def _filtered(self, text: str) -> str:
        for place, name in (*self.places, (CHECKOUT / "bigflow", "[BIGFLOW]"), (CHECKOUT, "[CHECKOUT]")):
            text = text.replace(str(place), name)
        for pattern, stand_in in FILTERS:
            text = re.sub(pattern, stand_in, text)
        return text


def transcript(result: Result) -> str:
    """What the user typed, and all that came of it."""
    typed = " ".join(f"'{word}'" if re.search(r"[\s*$]", word) or not word else word for word in result.words)
    parts = [f"$ bigflow {typed}".rstrip(), *_stream("stdout", result.out), *_stream("stderr", result.err)]
    return "\n".join([*parts, f"--- exit {result.code}", ""])


def unused(folder: Path, used: Iterable[Path]) -> list[Path]:
    """The snapshots that no test reads."""
    return sorted(set(folder.rglob("*.txt")) - set(used))


def _stream(name: str, text: str) -> list[str]:
    if not text:
        return []
    unfinished = "" if text.endswith("\n") else "(no line break at the end)"
    return [f"--- {name} {unfinished}".rstrip(), text.removesuffix("\n")]


def _days_around_now() -> list[str]:
    """Yesterday and today are not enough: midnight may come while the command runs."""
    today = datetime.now(UTC).date()
    return [str(today + timedelta(days)) for days in range(-2, 3)]
