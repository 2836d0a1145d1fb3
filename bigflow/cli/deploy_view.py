"""Turns plans, releases and drift into lines for people."""

from collections.abc import Iterable, Iterator

from bigflow.deployer.bundle import BundlePlan
from bigflow.deployer.differences import Difference
from bigflow.deployer.drift import Drift
from bigflow.deployer.forecast import MOST, Forecast
from bigflow.deployer.images import ImagePlan
from bigflow.deployer.plan import DagChange, DeployPlan
from bigflow.deployer.release import Entry
from bigflow.drawing.sizes import size

_MARKS = {"create": "+", "change": "~", "hand over": ">", "delete": "-", "keep": "="}
_LONGEST = 60  # characters of a value
_FEW = 3  # DAGs that are told one by one although they only take another image
_NAMED = 5  # of more whose code changed
_SAME = "schedule, jobs, resources, secrets, alerts"


def plan_lines(plan: DeployPlan) -> Iterator[str]:
    """All that would happen, the most important first."""
    groups = list(_groups(plan))
    together = {change.dag_id for group in groups for change in group}
    for change in plan.dags:
        if change.kind != "keep" and change.dag_id not in together:
            yield from _dag_lines(change)
    for group in groups:
        yield from _group_lines(group)
    for change in plan.dags:
        if change.kind == "keep" and change.repaired:
            yield f"~ {change.dag_id}   its file was not as released: {change.file} is written again"
    yield from _strays(plan)
    yield from _artifacts(plan)
    if kept := sum(1 for change in plan.dags if change.kind == "keep" and not change.repaired):
        yield f"= {_count(kept, 'workflow')} unchanged"
    if plan.left:
        yield f"  {_count(plan.left, 'file')} of others: untouched"
    for secret in plan.secrets:
        yield f"  needs the secret {secret.name} ({', '.join(secret.workflows)}):  {secret.command}"


def image_line(plan: ImagePlan) -> str:
    """What happens to the image."""
    name = shortened(plan.image.reference)
    if plan.moves:
        return f"+ image   {name}   {size(plan.bytes)} to move ({_count(plan.blobs, 'blob')})"
    if plan.changes:
        return f"~ image   {name}   is there; the tag {plan.image.tag} will stand for it"
    return f"= image   {name}   is there"


def bundle_line(plan: BundlePlan) -> str:
    """What happens to the EMR bundle."""
    if plan.missing:
        return f"+ bundle   {plan.address}   {size(plan.bytes)} to move ({_count(len(plan.missing), 'file')})"
    return f"= bundle   {plan.address}   is there"


def release_lines(history: Iterable[Entry]) -> Iterator[str]:
    """The releases, the newest first."""
    for at, entry in enumerate(reversed(tuple(history))):
        commit = f" from {entry.commit[:8]}" if entry.commit else ""
        now = "   deployed" if at == 0 else ""
        yield (
            f"{entry.number:>4}  {entry.time:%Y-%m-%d %H:%M:%S}  {entry.act:<8}  {entry.version}{commit}"
            f"  {_count(entry.dags, 'DAG')}  by {entry.who}{now}"
        )


def drift_lines(found: Iterable[Drift]) -> Iterator[str]:
    """Each thing that somebody has changed."""
    for one in found:
        yield f"{one.kind:<8} {shortened(one.name)}   {one.detail}"


def shortened(reference: str) -> str:
    """A reference with the beginning of its digest."""
    before, sha, after = reference.partition("sha256:")
    return f"{before}{sha}{after[:12]}" if sha else reference


def _dag_lines(change: DagChange) -> Iterator[str]:
    words = [f"{_MARKS[change.kind]} {change.dag_id}"]
    if change.kind == "create" and change.forecast:
        words.append(change.forecast.schedule)
    if change.forecast:
        words += _forecast(change.forecast, new=change.kind == "create")
    yield "   ".join(words)
    for one in change.differences:
        yield f"    {_difference(one)}"
    if change.only_build:
        yield f"    {_SAME}{' and code' if change.same_code else ''}: unchanged"


def _groups(plan: DeployPlan) -> Iterator[list[DagChange]]:
    """Workflows that only take another image, and so differ in the same from what they were, if there are many."""
    found: dict[tuple[str, ...], list[DagChange]] = {}
    for change in plan.dags:
        if change.only_build:
            found.setdefault((*map(_difference, change.differences), str(change.same_code)), []).append(change)
    yield from (group for group in found.values() if len(group) > _FEW)


def _group_lines(group: list[DagChange]) -> Iterator[str]:
    first = group[0]
    yield f"~ {len(group)} workflows take the new image   {', '.join(map(_difference, first.differences))}"
    yield f"    {_SAME}{' and code' if first.same_code else ''}: unchanged"
    if any(one.what == "code" for one in first.differences):
        more = f" and {len(group) - _NAMED} more" if len(group) > _NAMED else ""
        yield f"    {', '.join(change.dag_id for change in group[:_NAMED])}{more}"


def _forecast(told: Forecast, *, new: bool) -> Iterator[str]:
    if told.period is not None:
        when = "at once" if told.at_once else f"{told.period.end:%Y-%m-%d %H:%M}"
        yield f"{'first' if new else 'next'} run {when} (period {told.period.start:%Y-%m-%d %H:%M})"
        more = "more than " if told.catchup > MOST else ""
        yield f"{more}{_count(min(told.catchup, MOST), 'catch-up run')}"
    yield ("starts paused" if told.paused else "active") if new else "stays as it is"


def _artifacts(plan: DeployPlan) -> Iterator[str]:
    if plan.image:
        yield image_line(plan.image)
    if plan.bundle:
        yield bundle_line(plan.bundle)


def _strays(plan: DeployPlan) -> Iterator[str]:
    """Files of ours that are of no DAG that anybody knows."""
    known = {change.file for change in plan.dags}
    for file in plan.files:
        if file.name not in known:
            yield f"- {file.name}   an old file of this project, of no release"


def _difference(one: Difference) -> str:
    if one.what.startswith("job ") and "there" in (one.before, one.after):
        return f"{one.what}: {'new' if one.after else 'gone'}"
    if one.what == "code":
        return "code: changed"
    return f"{one.what}: {_value(one.before)} -> {_value(one.after)}"


def _value(text: str) -> str:
    shown = shortened(text).rpartition("@")[2] if "@sha256:" in text else " ".join(text.split())
    return (shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}...") or "-"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")
