"""Turns DAGs into the Kubernetes secrets that their pods need, with the command that creates each."""

from collections.abc import Iterable
from dataclasses import dataclass

from bigflow.deployer.release import Deployed


@dataclass(frozen=True, slots=True)
class NeededSecret:
    """One secret. Its value is known to nobody here."""

    name: str
    key: str
    namespace: str
    workflows: tuple[str, ...]

    @property
    def command(self) -> str:
        namespace = f" --namespace {self.namespace}" if self.namespace else ""
        return f"kubectl create secret generic {self.name}{namespace} --from-file={self.key}=FILE"


def needed_secrets(dags: Iterable[Deployed]) -> tuple[NeededSecret, ...]:
    """Each secret once, with all workflows that need it."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for dag in dags:
        for key in dag.spec.secrets:
            found.setdefault((key, dag.bindings.namespace or ""), {})[dag.spec.workflow_id] = None
    return tuple(
        NeededSecret(key.replace("_", "-"), key, namespace, tuple(workflows))
        for (key, namespace), workflows in sorted(found.items())
    )
