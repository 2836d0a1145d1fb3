"""Turns the runs of a project that are written down into a list of what became of them, or one into a page."""

import os
from collections.abc import Iterator
from contextlib import suppress

from bigflow import _ambient
from bigflow.drawing.page import page
from bigflow.errors import BigflowError, UsageError
from bigflow.runner.journal import Recorded, is_open, read
from bigflow.runner.local import RUNS
from bigflow.runner.past import Past, edges, past
from bigflow.runner.run_page import run_page


def history(runs: str) -> Iterator[Past | BigflowError]:
    """What became of each run, newest first; or why its journal does not tell."""
    try:
        numbers = sorted((int(name) for name in os.listdir(runs) if name.isdecimal()), reverse=True)
    except FileNotFoundError:
        return
    for number in numbers:
        folder = os.path.join(runs, str(number))
        try:
            yield of_run(read(folder), folder)
        except BigflowError as unreadable:
            yield unreadable


def of_run(recorded: Recorded, folder: str) -> Past:
    """What became of the run in this folder, or what has become of it so far."""
    running = recorded.state is None and is_open(folder)
    return past(recorded, _ambient.now().timestamp() if running else None)


def write_report(recorded: Recorded, folder: str, path: str) -> None:
    """The page of one run. Who has it open while it is written anew never sees half of it."""
    place = os.path.abspath(folder)
    root = place.removesuffix(os.path.join(RUNS, os.path.basename(place)))
    shown = run_page(of_run(recorded, folder), edges(recorded.header), folder, root)
    aside = f"{path}.part"
    try:
        with open(aside, "w", encoding="utf-8") as file:
            file.write(page(shown))
        os.replace(aside, path)
    except OSError as error:
        with suppress(OSError):
            os.unlink(aside)
        raise UsageError(
            f"the report cannot be written: {error.strerror}",
            where=path,
            hint="--report takes the name of a file in a folder that is there",
        ) from error
