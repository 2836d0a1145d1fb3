"""Turns plans, releases and drift into what --json prints."""

from dataclasses import asdict

from bigflow.deployer.bundle import BundlePlan
from bigflow.deployer.forecast import Forecast
from bigflow.deployer.images import ImagePlan
from bigflow.deployer.plan import DagChange, DeployPlan
from bigflow.deployer.release import Entry


def plan_as_json(plan: DeployPlan) -> dict[str, object]:
    """All that would happen."""
    current = plan.opened.state.current
    return {
        "project": plan.release.project,
        "environment": plan.release.environment,
        "act": plan.release.act,
        "version": plan.release.version,
        "commit": plan.release.commit,
        "changes": plan.changes,
        "follows": current.number if current else None,
        "dags": [_dag(change) for change in plan.dags],
        "files": [_file(change.name, change.before, change.after) for change in plan.files],
        "image": image_as_json(plan.image) if plan.image else None,
        "bundle": bundle_as_json(plan.bundle) if plan.bundle else None,
        "secrets": [{**asdict(secret), "command": secret.command} for secret in plan.secrets],
        "asks": list(plan.asks),
        "files_of_others": plan.left,
    }


def image_as_json(plan: ImagePlan) -> dict[str, object]:
    """What happens to the image."""
    return {
        "reference": plan.image.reference,
        "digest": plan.image.blob.digest,
        "tag": plan.image.tag,
        "blobs_to_move": plan.blobs,
        "bytes_to_move": plan.bytes,
        "tag_moves": plan.tagged != plan.image.blob.digest,
    }


def bundle_as_json(plan: BundlePlan) -> dict[str, object]:
    """What happens to the EMR bundle."""
    return {"address": plan.address, "files_to_move": len(plan.missing), "bytes_to_move": plan.bytes}


def entry_as_json(entry: Entry) -> dict[str, object]:
    """One release."""
    told = asdict(entry)
    del told["record"]
    return {**told, "time": entry.time.isoformat()}


def _dag(change: DagChange) -> dict[str, object]:
    return {
        "kind": change.kind,
        "workflow_id": change.workflow_id,
        "dag_id": change.dag_id,
        "file": change.file,
        "repaired": change.repaired,
        "only_build": change.only_build,
        "same_code": change.same_code,
        "differences": [asdict(one) for one in change.differences],
        "forecast": _forecast(change.forecast) if change.forecast else None,
    }


def _forecast(told: Forecast) -> dict[str, object]:
    period = told.period
    return {
        "schedule": told.schedule,
        "next_run": period.end.isoformat() if period else None,
        "period": [period.start.isoformat(), period.end.isoformat()] if period else None,
        "at_once": told.at_once,
        "catchup_runs": told.catchup,
        "starts_paused": told.paused,
    }


def _file(name: str, before: str | None, after: str | None) -> dict[str, str]:
    return {"name": name, "kind": "create" if before is None else "delete" if after is None else "change"}
