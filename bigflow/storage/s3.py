"""Amazon S3, and what speaks like it, as a store: entity tags are its versions."""

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote, unquote_plus, urlencode
from uuid import uuid4
from xml.etree import ElementTree

from bigflow.storage.amazon_identity import Region
from bigflow.storage.conditions import Expected, Made, see_that_it_went, version_of_ours
from bigflow.storage.dialect import Act, Complaint, Dialect, Elsewhere, Question, garbled
from bigflow.storage.place import Place
from bigflow.storage.session import Reply, Session
from bigflow.storage.store import ABSENT, Absent, Conflict, Content, Found, Stored, md5_of
from bigflow.storage.transport import Answer, Request

SERVICE = "Amazon S3"
_MARK = "x-amz-meta-bigflow-write"  # says which of our writes made an object
_ELSEWHERE = (301, 307, 400)
_MD5 = re.compile("[0-9a-f]{32}")


class AmazonStore:
    """Objects below a prefix of a bucket."""

    def __init__(self, place: Place, session: Session, region: Region, endpoint: str) -> None:
        self._place = place
        self._session = session
        self._region = region
        self._endpoint = endpoint

    @property
    def url(self) -> str:
        return self._place.url

    def listing(self, folder: str = "") -> Iterator[Stored]:
        query = {"encoding-type": "url", "list-type": "2", "prefix": self._place.below(folder)}
        while True:
            page = _page(self._ask("list", folder, Wire("GET", query=query)).answer)
            for item in page.iterfind("{*}Contents"):
                if name := self._place.name_of(unquote_plus(_text(item, "Key"))):
                    yield _listed(item, name)
            if _text(page, "IsTruncated") != "true":
                return
            query["continuation-token"] = _text(page, "NextContinuationToken")

    def stat(self, name: str) -> Stored | None:
        made = self._made(name)
        return made.stored if made else None

    def read(self, name: str) -> Found:
        reply = self._ask("read", name, Wire("GET", self._place.key_of(name)), 404)
        if reply.complaint:
            raise Absent(self._place.url_of(name))
        return Found(reply.answer.body, _version(reply.answer))

    def write(self, name: str, content: Content, *, expecting: str | None = None, media_type: str = "") -> str:
        mark = uuid4().hex
        headers = {
            "Content-MD5": b64encode(md5_of(content)).decode(),  # checked before anything is stored
            "Content-Type": media_type or "application/octet-stream",
            _MARK: mark,
            **_condition(expecting),
        }
        wire = Wire("PUT", self._place.key_of(name), headers=headers, body=(content,))
        reply = self._ask("write", name, wire, *(() if expecting is None else (404, 412)))
        if expecting is None or reply.complaint is None:
            return _version(reply.answer)
        return version_of_ours(mark, self._made(name), Expected(self._place.url_of(name), expecting))

    def delete(self, name: str, *, expecting: str | None = None) -> None:
        expected = Expected(self._place.url_of(name), expecting or ABSENT)
        if expecting == ABSENT:  # S3 has no such condition for deletions; and there would be nothing to delete
            if there := self.stat(name):
                raise Conflict(expected.url, ABSENT, there)
            return
        wire = Wire("DELETE", self._place.key_of(name), headers=_condition(expecting))
        reply = self._ask("delete", name, wire, 404, 412)
        if reply.complaint and expecting is not None:
            see_that_it_went(self.stat(name), reply, expected)

    def _made(self, name: str) -> Made | None:
        reply = self._ask("read", name, Wire("HEAD", self._place.key_of(name)), 404)
        if reply.complaint:
            return None
        return Made(_headed(reply.answer, name), reply.answer.headers.get(_MARK, ""))

    def _ask(self, act: Act, name: str, wire: "Wire", *accepted: int) -> Reply:
        """Ask in the region where the bucket is: S3 says which one that is when we ask in another one."""
        asked_in = self._region.name
        question = Question(act, self._place, name, wire.request(self._address()))
        try:
            return self._session.ask(question, *accepted)
        except Elsewhere as elsewhere:
            if elsewhere.region == asked_in:
                raise
            self._region.name = elsewhere.region
        return self._session.ask(replace(question, request=wire.request(self._address())), *accepted)

    def _address(self) -> str:
        bucket, region = self._place.bucket, self._region.name
        if self._endpoint:
            return f"{self._endpoint}/{bucket}"
        domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
        if "." in bucket:  # certificates are for one level of names
            return f"https://s3.{region}.{domain}/{bucket}"
        return f"https://{bucket}.s3.{region}.{domain}"


@dataclass(frozen=True, slots=True)
class Wire:
    """A request, but for the address of the bucket."""

    method: str
    key: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: tuple[Content, ...] = ()

    def request(self, bucket: str) -> Request:
        query = f"?{urlencode(self.query, quote_via=quote, safe='')}" if self.query else ""
        return Request(self.method, f"{bucket}/{quote(self.key)}{query}", self.headers, self.body)


def _condition(expecting: str | None) -> Mapping[str, str]:
    if expecting is None:
        return {}
    return {"If-None-Match": "*"} if expecting == ABSENT else {"If-Match": f'"{expecting}"'}


def _version(answer: Answer) -> str:
    return answer.headers.get("etag", "").strip('"')


def _md5(tag: str) -> str:
    """The entity tag is the MD5 of what was sent in one piece; with a key of KMS it looks like one, and is none."""
    return tag if _MD5.fullmatch(tag) else ""


def _listed(item: ElementTree.Element, name: str) -> Stored:
    tag = _text(item, "ETag").strip('"')
    try:
        modified = datetime.fromisoformat(_text(item, "LastModified"))
        return Stored(name, int(_text(item, "Size")), tag, _md5(tag), modified)
    except ValueError as error:
        raise garbled(SERVICE) from error


def _headed(answer: Answer, name: str) -> Stored:
    tag = _version(answer)
    try:
        modified = parsedate_to_datetime(answer.headers["last-modified"])
        return Stored(name, int(answer.headers["content-length"]), tag, _md5(tag), modified)
    except (KeyError, ValueError) as error:
        raise garbled(SERVICE) from error


def _page(answer: Answer) -> ElementTree.Element:
    try:
        page = ElementTree.fromstring(answer.body)
    except ElementTree.ParseError as error:
        raise garbled(SERVICE) from error
    if page.tag.rpartition("}")[2] != "ListBucketResult":
        raise garbled(SERVICE)
    return page


def _text(parent: ElementTree.Element, tag: str) -> str:
    return parent.findtext(f"{{*}}{tag}", "")


def _heard(answer: Answer) -> Complaint:
    region = answer.headers.get("x-amz-bucket-region", "")
    if region and answer.status in _ELSEWHERE:
        raise Elsewhere(region)
    try:
        error = ElementTree.fromstring(answer.body)
        return Complaint(answer.status, _text(error, "Code"), _text(error, "Message"))
    except ElementTree.ParseError:  # answers to HEAD have no body at all
        return Complaint(answer.status, "", answer.body.decode("utf-8", "replace"))


DIALECT = Dialect(
    service=SERVICE,
    heard=_heard,
    busy=frozenset({"SlowDown", "RequestTimeout", "OperationAborted", "ConditionalRequestConflict"}),
    stale=frozenset({"ExpiredToken", "InvalidToken", "InvalidAccessKeyId", "SignatureDoesNotMatch"}),
    permissions={"list": "s3:ListBucket", "read": "s3:GetObject", "write": "s3:PutObject", "delete": "s3:DeleteObject"},
    login="aws sso login   (or aws configure, for keys)",
    whoami="aws sts get-caller-identity",
)
