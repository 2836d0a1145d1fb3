"""Turns what a Spark driver wrote into the line that says why it failed."""

import re

# `ValueError: no rows`, `py4j.protocol.Py4JJavaError: An error ...`, `Exception in thread "main" ...`
_REASON = re.compile(r"(?:[\w.]+\.)?\w*(?:Error|Exception|Interrupt|Exit)\b(?::.*| in thread .*)?")
_LOGGED = re.compile(r"\d\d(?:\d\d)?[/-]\d\d[/-]\d\d \d\d:\d\d:\d\d")  # log4j, which goes on after the end


def reason(text: str) -> str:
    """The last line that looks like the end of a traceback, else the last that is not a line of Spark's own log."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    own = [line for line in lines if not _LOGGED.match(line)]
    raised = [line for line in own if _REASON.fullmatch(line)]
    return (raised or own or lines or [""])[-1][:300]
