"""Turns what became of a run, with the logs of its attempts, into the values of its page."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from bigflow.drawing.durations import duration
from bigflow.drawing.frame import Badge, Log, Problem
from bigflow.drawing.page import Line, Page
from bigflow.drawing.picture import Edge, Node, Picture
from bigflow.drawing.timeline import Bar, Row, Timeline
from bigflow.runner.logs import LogEnd, end_of, log_file
from bigflow.runner.past import JobPast, Past, Try

MOST_OF_A_LOG = 200_000  # bytes
MOST_OF_ALL_LOGS = 20_000_000  # a page of more is not read but suffered
_FAILED = ("failed", "killed", "interrupted")


def run_page(past: Past, edges: Sequence[tuple[str, str]], folder: str, root: str) -> Page:
    """`folder` is that of the run; places in the project at `root` are shown relative to it."""
    job_ids = {job.id: f"job-{place}" for place, job in enumerate(past.jobs)}
    found = {
        (job.id, one.number): path
        for job in past.jobs
        for one in job.tries
        if (path := log_file(folder, job.id, one.number))
    }
    log_ids = {key: f"log-{place}" for place, key in enumerate(found)}
    most = min(MOST_OF_A_LOG, MOST_OF_ALL_LOGS // max(len(found), 1))
    states = {(job.id, one.number): one.state for job in past.jobs for one in job.tries}
    return Page(
        title=past.header.workflow_id,
        subtitle=_subtitle(past),
        state=past.state,
        facts=tuple(_facts(past)),
        problems=tuple(_problems(past, root, job_ids)),
        command=f"bigflow run --resume {past.header.run_id}" if past.can_go_on else "",
        graph=_graph(past, edges),
        links=job_ids,
        timeline=Timeline("Timeline", tuple(_row(job, job_ids[job.id]) for job in past.jobs if job.tries)),
        table=tuple(line for job in past.jobs for line in _lines(job, job_ids[job.id], log_ids, root)),
        logs=tuple(
            _log(log_ids[key], f"{key[0]}, attempt {key[1]}", states[key], (path, end_of(path, most)), root)
            for key, path in found.items()
        ),
    )


def period(runtime: str, interval_end: str | None) -> str:
    """`2026-11-19 -> 2026-11-20`: only as much of the moments as says something."""
    moments = [datetime.fromisoformat(text) for text in (runtime, interval_end) if text]
    midnights = all(f"{moment:%H:%M:%S.%f}" == "00:00:00.000000" for moment in moments)
    return " → ".join(f"{moment:%Y-%m-%d}" if midnights else str(moment) for moment in moments)


def _subtitle(past: Past) -> str:
    resumed = f", which resumed run {past.header.resumes}" if past.header.resumes else ""
    return f"run {past.header.run_id}{resumed}"


def _facts(past: Past) -> Iterator[tuple[str, str]]:
    header = past.header
    yield "period" if header.interval_end else "runtime", period(header.runtime, header.interval_end)
    if header.env:
        yield "environment", header.env
    yield from ((f"param {name}", str(value)) for name, value in header.params.items())
    yield "began", f"{past.began:%Y-%m-%d %H:%M:%S} UTC"
    yield "took", duration(past.seconds)
    yield "jobs", counted(past)


def counted(past: Past) -> str:
    """`3 ok, 1 failed, 2 not run`."""
    return ", ".join(f"{count} {kind}" for kind, count in past.count().items() if count) or "none"


def _problems(past: Past, root: str, ids: dict[str, str]) -> Iterator[Problem]:
    for job in past.jobs:
        if job.state in _FAILED and job.tries:
            last = job.tries[-1]
            reason = last.reason or ("was running when the process was killed" if last.state == "killed" else job.state)
            yield Problem(job.id, _short(reason, root), _short(last.where, root), ids[job.id])


def _graph(past: Past, edges: Sequence[tuple[str, str]]) -> Picture | None:
    if not edges:
        return None
    nodes = tuple(Node(job.id, state=job.state, note=_note(job)) for job in past.jobs)
    return Picture("", nodes, tuple(Edge(before, after) for before, after in edges))


def _note(job: JobPast) -> str:
    return duration(sum(one.seconds for one in job.tries)) if job.tries else ""


def _row(job: JobPast, link: str) -> Row:
    return Row(job.id, tuple(bar for one in job.tries for bar in _bar(job, one)), link)


def _bar(job: JobPast, one: Try) -> Iterator[Bar]:
    if one.began is not None:
        words = f"{job.id}, attempt {one.number}: {one.state} after {duration(one.seconds)}"
        yield Bar(one.began, one.seconds, one.state, f"{words}\n{one.reason}" if one.reason else words)


def _lines(job: JobPast, own_id: str, logs: dict[tuple[str, int], str], root: str) -> Iterator[Line]:
    if not job.tries:
        yield Line(own_id, job.id, "", job.state, None, None, job.why)
    for place, one in enumerate(job.tries):
        yield Line(
            id="" if place else own_id,
            job=job.id,
            attempt=str(one.number),
            state=one.state,
            began=one.began,
            seconds=one.seconds,
            reason=_short(one.reason, root),
            where=_short(one.where, root),
            log=logs.get((job.id, one.number), ""),
        )


def _log(own_id: str, title: str, state: str, read: tuple[str, LogEnd], root: str) -> Log:
    path, end = read
    note = f"The first {_size(end.left_out)} are not on this page. All of it: {_short(path, root)}"
    return Log(own_id, title, Badge(state, state), end.text, _size(end.size), note if end.left_out else "")


def _size(count: int) -> str:
    if count < 1_000:
        return f"{count} bytes"
    return f"{count / 1_000:,.0f} kB" if count < 1_000_000 else f"{count / 1_000_000:,.1f} MB"


def _short(text: str, root: str) -> str:
    return text.replace(root.rstrip("/") + "/", "")
