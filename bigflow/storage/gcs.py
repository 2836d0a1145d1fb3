"""Google Cloud Storage as a store: its JSON API, with generations for versions."""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from datetime import datetime
from urllib.parse import quote, urlencode
from uuid import uuid4

from bigflow.storage.conditions import Expected, Made, see_that_it_went, version_of_ours
from bigflow.storage.dialect import NO_BUCKET, Act, Complaint, Dialect, Question, garbled
from bigflow.storage.place import Place
from bigflow.storage.session import Reply, Session
from bigflow.storage.store import Absent, Content, Found, Stored, md5_of
from bigflow.storage.transport import Answer, Request

SERVICE = "Google Cloud Storage"
ENDPOINT = "https://storage.googleapis.com"
_MARK = "bigflow-write"  # metadata that says which of our writes made an object
_FIELDS = "name,size,generation,md5Hash,updated,metadata"
_PAGE = "1000"


class GoogleStore:
    """Objects below a prefix of a bucket."""

    def __init__(self, place: Place, session: Session, endpoint: str) -> None:
        self._place = place
        self._session = session
        self._objects = f"{endpoint}/storage/v1/b/{place.bucket}/o"
        self._uploads = f"{endpoint}/upload/storage/v1/b/{place.bucket}/o"

    @property
    def url(self) -> str:
        return self._place.url

    def listing(self, folder: str = "") -> Iterator[Stored]:
        query = {"prefix": self._place.below(folder), "maxResults": _PAGE, "fields": f"nextPageToken,items({_FIELDS})"}
        while True:
            reply = self._ask("list", folder, Request("GET", f"{self._objects}?{urlencode(query)}", {}))
            page = _document(reply.answer)
            items = page.get("items", ())
            for item in items if isinstance(items, list) else ():
                if name := self._place.name_of(str(item.get("name"))):
                    yield _stored(item, name)
            if not page.get("nextPageToken"):
                return
            query["pageToken"] = str(page["nextPageToken"])

    def stat(self, name: str) -> Stored | None:
        made = self._made(name)
        return made.stored if made else None

    def read(self, name: str) -> Found:
        reply = self._ask("read", name, Request("GET", f"{self._object(name)}?alt=media", {}), 404)
        if reply.complaint:
            raise Absent(self._place.url_of(name))
        return Found(reply.answer.body, reply.answer.headers.get("x-goog-generation", ""))

    def write(self, name: str, content: Content, *, expecting: str | None = None, media_type: str = "") -> str:
        mark = uuid4().hex
        resource = {
            "name": self._place.key_of(name),
            "md5Hash": b64encode(md5_of(content)).decode(),  # checked before anything is stored
            "contentType": media_type or "application/octet-stream",
            "metadata": {_MARK: mark},
        }
        query = urlencode({"uploadType": "multipart", "fields": _FIELDS, **_condition(expecting)})
        request = _multipart(f"{self._uploads}?{query}", resource, content, mark)
        reply = self._ask("write", name, request, *(() if expecting is None else (412,)))
        if expecting is None or reply.complaint is None:
            return _stored(_document(reply.answer), name).version
        return version_of_ours(mark, self._made(name), Expected(self._place.url_of(name), expecting))

    def delete(self, name: str, *, expecting: str | None = None) -> None:
        query = urlencode(_condition(expecting))
        reply = self._ask("delete", name, Request("DELETE", f"{self._object(name)}?{query}", {}), 404, 412)
        if reply.complaint and expecting is not None:
            see_that_it_went(self.stat(name), reply, Expected(self._place.url_of(name), expecting))

    def _made(self, name: str) -> Made | None:
        query = urlencode({"fields": _FIELDS})
        reply = self._ask("read", name, Request("GET", f"{self._object(name)}?{query}", {}), 404)
        if reply.complaint:
            return None
        item = _document(reply.answer)
        metadata = item.get("metadata")
        return Made(_stored(item, name), str(metadata.get(_MARK)) if isinstance(metadata, dict) else "")

    def _object(self, name: str) -> str:
        return f"{self._objects}/{quote(self._place.key_of(name), safe='')}"

    def _ask(self, act: Act, name: str, request: Request, *accepted: int) -> Reply:
        return self._session.ask(Question(act, self._place, name, request), *accepted)


def _condition(expecting: str | None) -> Mapping[str, str]:
    return {} if expecting is None else {"ifGenerationMatch": expecting or "0"}


def _multipart(url: str, resource: Mapping[str, object], content: Content, boundary: str) -> Request:
    """What the object is called, and its content, in one request."""
    head = f"--{boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{json.dumps(resource)}\r\n"
    head += f"--{boundary}\r\nContent-Type: {resource['contentType']}\r\n\r\n"
    body = (head.encode(), content, f"\r\n--{boundary}--\r\n".encode())
    return Request("POST", url, {"Content-Type": f"multipart/related; boundary={boundary}"}, body)


def _stored(item: Mapping[str, object], name: str) -> Stored:
    try:
        return Stored(
            name=name,
            size=int(str(item["size"])),
            version=str(item["generation"]),
            md5=b64decode(str(item.get("md5Hash", ""))).hex(),  # objects that were composed have none
            modified=datetime.fromisoformat(str(item["updated"])),
        )
    except (KeyError, ValueError) as error:
        raise garbled(SERVICE) from error


def _document(answer: Answer) -> Mapping[str, object]:
    try:
        document = json.loads(answer.body)
    except ValueError as error:
        raise garbled(SERVICE) from error
    if not isinstance(document, dict):
        raise garbled(SERVICE)
    return document


def _heard(answer: Answer) -> Complaint:
    """Most errors are JSON documents; those of the upload servers may be plain text."""
    try:
        error = json.loads(answer.body)["error"]
        reasons = [str(one.get("reason", "")) for one in error.get("errors", ())]
        message = str(error.get("message", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        reasons, message = [], answer.body.decode("utf-8", "replace")
    code = NO_BUCKET if answer.status == 404 and "bucket does not exist" in message else next(iter(reasons), "")
    return Complaint(answer.status, code, message)


DIALECT = Dialect(
    service=SERVICE,
    heard=_heard,
    busy=frozenset({"rateLimitExceeded", "userRateLimitExceeded", "backendError", "internalError"}),
    stale=frozenset({"authError", "required"}),
    permissions={
        "list": "storage.objects.list",
        "read": "storage.objects.get",
        "write": "storage.objects.create, and storage.objects.delete to replace an object",
        "delete": "storage.objects.delete",
    },
    login="gcloud auth application-default login",
    whoami="gcloud auth list",
)
