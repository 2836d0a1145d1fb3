"""Turns pods into real processes or containers, behind as much of the Kubernetes API as KubernetesPodOperator uses."""

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]
CONTAINER = "base"
_POD = re.compile(r"/api/v1/namespaces/([^/]+)/(pods|events)(?:/([^/]+))?(/log)?")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a pod asks for, as far as it is obeyed here."""

    name: str
    image: str
    command: tuple[str, ...]
    env: Mapping[str, str]
    memory: int | None  # bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """How a container ended."""

    code: int
    reason: str  # Completed, Error, OOMKilled


class Running(Protocol):
    """One container that has been started."""

    def lines(self) -> Iterator[str]: ...
    def wait(self) -> Ended: ...
    def kill(self) -> None: ...


class Runs(Protocol):
    """What runs the container of a pod: `support.pod_processes`, `support.pod_containers`."""

    def has_image(self, image: str) -> bool: ...
    def start(self, wanted: Wanted) -> Running: ...


@dataclass
class Pod:
    """One pod of the cluster, and its log."""

    manifest: Json
    status: Json
    log: list[tuple[str, str]] = field(default_factory=list)
    running: Running | None = None
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def labels(self) -> dict[str, str]:
        labels: dict[str, str] = self.manifest["metadata"].setdefault("labels", {})
        return labels

    def as_json(self) -> Json:
        return {"apiVersion": "v1", "kind": "Pod", **self.manifest, "status": self.status}


class Cluster:
    """The pods that are there, and all that ever were asked for."""

    def __init__(self, runs: Runs, secrets: Mapping[str, Mapping[str, str]]) -> None:
        self.requested: list[Json] = []
        self.refused: list[str] = []  # requests that no test expects
        self._runs = runs
        self._secrets = secrets
        self._pods: dict[tuple[str, str], Pod] = {}

    def create(self, namespace: str, manifest: Json) -> Pod:
        self.requested.append(json.loads(json.dumps(manifest)))
        manifest["metadata"].update(
            namespace=namespace, uid=f"uid-{len(self.requested)}", creationTimestamp=_now(), resourceVersion="1"
        )
        pod = Pod(manifest, {"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "True"}]})
        self._pods[namespace, manifest["metadata"]["name"]] = pod
        self._start(pod)
        return pod

    def get(self, namespace: str, name: str) -> Pod | None:
        return self._pods.get((namespace, name))

    def find(self, namespace: str, selector: str) -> list[Pod]:
        terms = [term for term in selector.split(",") if term]
        pods = [pod for (where, _), pod in self._pods.items() if where == namespace]
        return [pod for pod in pods if all(_matches(pod.labels, term) for term in terms)]

    def delete(self, namespace: str, name: str) -> Pod | None:
        pod = self._pods.pop((namespace, name), None)
        if pod is not None and pod.running is not None:
            pod.running.kill()
        return pod

    def events(self, name: str) -> list[Json]:
        pod = next((pod for (_, known), pod in self._pods.items() if known == name), None)
        waiting = _state(pod).get("waiting") if pod is not None else None
        if waiting is None:
            return []
        about = {"involvedObject": {"name": name}, "metadata": {"name": f"{name}.1"}}
        return [{**about, "type": "Warning", "reason": "Failed", "message": waiting["message"]}]

    def close(self) -> None:
        for namespace, name in list(self._pods):
            self.delete(namespace, name)

    def _start(self, pod: Pod) -> None:
        container = pod.manifest["spec"]["containers"][0]
        image = container["image"]
        if not self._runs.has_image(image):
            _wait(pod, "ErrImagePull", f'Failed to pull image "{image}": not found')
            return
        try:
            env = dict(self._variable(one) for one in container.get("env") or [])
        except KeyError as missing:
            _wait(pod, "CreateContainerConfigError", f"secret {missing} not found")
            return
        command = (*(container.get("command") or ()), *(container.get("args") or ()))
        limits = (container.get("resources") or {}).get("limits") or {}
        name = pod.manifest["metadata"]["name"]
        pod.running = self._runs.start(Wanted(name, image, command, env, _bytes(limits.get("memory"))))
        pod.status.update(phase="Running", startTime=_now())
        _set(pod, {"running": {"startedAt": _now()}})
        threading.Thread(target=_follow, args=(pod, pod.running), daemon=True).start()

    def _variable(self, one: Json) -> tuple[str, str]:
        if "valueFrom" not in one:
            return one["name"], one.get("value") or ""
        key = one["valueFrom"]["secretKeyRef"]
        return one["name"], self._secrets[key["name"]][key["key"]]


def _follow(pod: Pod, running: Running) -> None:
    for line in running.lines():
        pod.log.append((_now(), line))
    ended = running.wait()
    state = {"exitCode": ended.code, "reason": ended.reason, "startedAt": pod.status["startTime"], "finishedAt": _now()}
    _set(pod, {"terminated": state})
    pod.status["phase"] = "Failed" if ended.code else "Succeeded"
    pod.over.set()


def _wait(pod: Pod, reason: str, message: str) -> None:
    _set(pod, {"waiting": {"reason": reason, "message": message}})


def _set(pod: Pod, state: Json) -> None:
    image = pod.manifest["spec"]["containers"][0]["image"]
    status = {"name": CONTAINER, "state": state, "ready": "running" in state, "restartCount": 0, "image": image,
              "imageID": ""}  # fmt: skip
    pod.status["containerStatuses"] = [status]


def _state(pod: Pod) -> Json:
    state: Json = pod.status["containerStatuses"][0]["state"]
    return state


def _matches(labels: Mapping[str, str], term: str) -> bool:
    """One term of a label selector: `key`, `!key`, `key=value`, `key!=value`."""
    if "!=" in term:
        key, _, value = term.partition("!=")
        return labels.get(key.strip()) != value.strip()
    if "=" in term:
        key, _, value = term.replace("==", "=").partition("=")
        return labels.get(key.strip()) == value.strip()
    return term[1:].strip() not in labels if term.startswith("!") else term.strip() in labels


def _bytes(quantity: str | None) -> int | None:
    if quantity is None:
        return None
    number, unit = re.fullmatch(r"(\d+)(\w*)", quantity).groups()  # type: ignore[union-attr]
    return int(number) * {"": 1, "M": 10**6, "G": 10**9, "Mi": 2**20, "Gi": 2**30}[unit]


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    cluster: Cluster

    def do_GET(self) -> None:
        namespace, kind, name, log = self._place()
        query = {key: values[-1] for key, values in parse_qs(urlsplit(self.path).query).items()}
        if kind == "events":
            wanted = query.get("fieldSelector", "").partition("involvedObject.name=")[2]
            self._list("EventList", self.cluster.events(wanted))
        elif kind == "pods" and not name:
            pods = self.cluster.find(namespace, query.get("labelSelector", ""))
            self._list("PodList", [pod.as_json() for pod in pods])
        elif log and (pod := self.cluster.get(namespace, name)):
            self._log(pod)
        else:
            self._pod(self.cluster.get(namespace, name))

    def do_POST(self) -> None:
        namespace, kind, name, _ = self._place()
        if kind != "pods" or name:
            self._missing()
        else:
            self._pod(self.cluster.create(namespace, self._body()), 201)

    def do_PATCH(self) -> None:
        namespace, _, name, _ = self._place()
        pod = self.cluster.get(namespace, name)
        changed = self._body().get("metadata", {}).get("labels", {})
        if pod is not None:
            pod.labels.update(changed)
        self._pod(pod)

    def do_DELETE(self) -> None:
        namespace, _, name, _ = self._place()
        self._body()
        self._pod(self.cluster.delete(namespace, name))

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _place(self) -> tuple[str, str, str, bool]:
        found = _POD.fullmatch(urlsplit(self.path).path)
        if found is None:
            return "", "", "", False
        return found[1], found[2], found[3] or "", bool(found[4])

    def _body(self) -> Json:
        length = int(self.headers.get("Content-Length") or 0)
        body: Json = json.loads(self.rfile.read(length) or b"{}")
        return body

    def _list(self, kind: str, items: list[Json]) -> None:
        self._answer(200, {"kind": kind, "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": items})

    def _pod(self, pod: Pod | None, code: int = 200) -> None:
        if pod is None:
            self._missing()
        else:
            self._answer(code, pod.as_json())

    def _missing(self) -> None:
        if not _POD.fullmatch(urlsplit(self.path).path):
            self.cluster.refused.append(f"{self.command} {self.path}")
        self._answer(404, {"kind": "Status", "status": "Failure", "reason": "NotFound", "code": 404})

    def _answer(self, code: int, answer: Json) -> None:
        body = json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _log(self, pod: Pod) -> None:
        """All lines so far, and those to come until the container ends."""
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        sent = 0
        while True:
            over = pod.over.is_set()
            for moment, line in pod.log[sent:]:
                self._chunk(f"{moment} {line}\n".encode())
                sent += 1
            if over or pod.running is None:
                break
            pod.over.wait(0.05)
        self._chunk(b"")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")


@contextmanager
def kubernetes_api(runs: Runs, secrets: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[Cluster, str]]:
    """A cluster, and the address of its API; gone at the end with all its pods."""
    cluster = Cluster(runs, secrets)
    handler = type("Handler", (_Handler,), {"cluster": cluster})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield cluster, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        cluster.close()


def kubeconfig(address: str) -> str:
    """The text of a kubeconfig for it."""
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "clusters": [{"name": "test", "cluster": {"server": address}}],
            "users": [{"name": "test", "user": {}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test", "namespace": "default"}}],
        }
    )
