"""Turns a repository in a registry into a source and a sink of blobs, with tags that name images."""

import re
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bigflow._http.network import USUAL_TRUST, Trust
from bigflow._http.patience import Patience
from bigflow._http.transport import Answer
from bigflow.containers.auth import Keychain, anonymous
from bigflow.containers.blobs import Moved, Source, Stream, read_verified, unheard
from bigflow.containers.copying import Copied, Progress, copy, silent
from bigflow.containers.descriptor import (
    BIGGEST_DOCUMENT,
    DOCKER_SCHEMA_1,
    INDEXES,
    MANIFESTS,
    Descriptor,
    Platform,
    descriptor_of,
)
from bigflow.containers.digest import Mismatch, checked_digest
from bigflow.containers.documents import Malformed, parsed
from bigflow.containers.download import Download
from bigflow.containers.image import Image
from bigflow.containers.index import open_image
from bigflow.containers.reference import Reference
from bigflow.containers.session import Ask, Session
from bigflow.containers.store import Store
from bigflow.containers.upload import Upload
from bigflow.errors import UsageError

_ACCEPT = {"Accept": ", ".join((*MANIFESTS, *INDEXES))}
_TAGS_A_PAGE = 1000
_NOBODY = f"sha256:{'0' * 64}"  # an image that no registry has
_NO_MANIFEST = (400, 415, 422)  # what registries say of something else
_MOST_PAGES = 200

USUAL_PATIENCE = Patience(silence=120.0)  # a registry that stores a large layer is silent for long


class Registries:
    """All registries, as one machine may talk to them. Connections and tokens are kept while it lives."""

    def __init__(
        self, trust: Trust = USUAL_TRUST, keychain: Keychain = anonymous, patience: Patience = USUAL_PATIENCE
    ) -> None:
        self._trust = trust
        self._keychain = keychain
        self._patience = patience
        self._sessions: dict[str, Session] = {}
        self._lock = threading.Lock()

    def readable(self, reference: Reference) -> "Repository":
        """The repository of an image that is to be pulled."""
        return Repository(self._session(reference), reference, (_scope(reference, "pull"),))

    def writable(self, reference: Reference, near: Iterable[Reference] = ()) -> "Repository":
        """The repository that an image is to be pushed to.

        What repositories `near` it, in the same registry, have of the image, such as its base, does not move at all.
        """
        beside = tuple(other for other in near if other.registry == reference.registry)
        scopes = {_scope(reference, "pull,push"), *(_scope(other, "pull") for other in beside)}
        names = tuple(other.repository for other in beside if other.repository != reference.repository)
        return Repository(self._session(reference), reference, tuple(sorted(scopes)), names)

    def _session(self, reference: Reference) -> Session:
        with self._lock:
            if reference.registry not in self._sessions:
                self._sessions[reference.registry] = Session(
                    reference.registry, reference.host, self._trust, self._keychain, self._patience
                )
            return self._sessions[reference.registry]


@dataclass(frozen=True, slots=True)
class Repository:
    """The repository of a reference, as a source and as a sink."""

    session: Session
    reference: Reference
    scopes: tuple[str, ...]
    near: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """A registry takes no manifest before what it speaks of."""
        return True

    def resolve(self) -> Descriptor:
        """What the tag or the digest names at this moment."""
        asked = self.reference.version
        answer = self._ask("HEAD", f"manifests/{asked}", _ACCEPT, 200)
        answer.drop()
        kind, digest, size = _kind(answer), answer.header("Docker-Content-Digest"), answer.header("Content-Length")
        if kind not in (*MANIFESTS, *INDEXES) or not digest or not size.isdecimal():
            return self._fetched()
        found = Descriptor(kind, _checked(digest), int(size[:18]))
        return self._is_what_was_asked(found)

    def image(self, platform: Platform) -> Image:
        """The image for a platform; its layers stay where they are."""
        return open_image(self.resolve(), self, platform)

    def tags(self) -> Iterator[str]:
        """Its tags, in the registry's order."""
        address = f"tags/list?n={_TAGS_A_PAGE}"
        for _ in range(_MOST_PAGES):
            answer = self._ask("GET", address, {}, 200)
            following = re.search(r'<([^>]+)>\s*;\s*rel="?next"?', answer.header("Link"))
            yield from parsed(answer.read_all(BIGGEST_DOCUMENT), f"the tags of {self.reference.name}").texts("tags")
            if not following:
                return
            address = self.session.onward(answer.url, following[1])
        raise Malformed(f"{self.reference.name} has more than {_MOST_PAGES} pages of tags")

    def has(self, blob: Descriptor) -> bool:
        answer = self._ask("HEAD", _place(blob), _ACCEPT, 200, 404)
        answer.drop()
        size = answer.header("Content-Length")
        if answer.status == 200 and size.isdecimal() and int(size) != blob.size:
            raise Mismatch(f"{self.reference.name} has {blob.digest} with {size} bytes instead of {blob.size}")
        return answer.status == 200

    def open(self, blob: Descriptor, start: int = 0) -> Stream:
        if blob.is_document:
            return self._ask("GET", f"manifests/{blob.digest}", _ACCEPT, 200)
        return Download(self.session, blob, lambda at: self._from(blob, at), start)

    def take(self, blob: Descriptor, source: Source, moved: Moved = unheard) -> None:
        if blob.is_document:
            data = read_verified(blob, source)
            self.put(blob, data, blob.digest)
            moved(len(data))
        else:
            upload = Upload(self.session, self._path("blobs/uploads/"), self.scopes, blob, source)
            upload.run(moved, self._neighbour_with(blob, source))

    def put(self, blob: Descriptor, data: bytes, version: str) -> None:
        """Have this manifest, and call it by a tag or its digest."""
        ask = Ask("PUT", self._path(f"manifests/{version}"), self.scopes, {"Content-Type": blob.media_type}, data)
        answer = self.session.send(ask, 201, 200, 202)
        answer.drop()
        stored = answer.header("Docker-Content-Digest")
        if stored and stored != blob.digest:
            raise Mismatch(f"{self.reference.name} has stored {stored[:100]} instead of {blob.digest}")

    def may_put(self) -> None:
        """Fails as a push would. What is sent is no manifest, which a registry finds out after it has let us in."""
        headers = {"Content-Type": MANIFESTS[0]}
        ask = Ask("PUT", self._path(f"manifests/{_NOBODY}"), self.scopes, headers, b"{}")
        self.session.send(ask, *_NO_MANIFEST).drop()

    def names(self, tag: str) -> str:
        """The digest that a tag stands for; empty if it, or that, is unknown."""
        answer = self._ask("HEAD", f"manifests/{tag}", _ACCEPT, 200, 404)
        answer.drop()
        return answer.header("Docker-Content-Digest") if answer.status == 200 else ""

    def _neighbour_with(self, blob: Descriptor, source: Source) -> str:
        """Another repository of this registry that has the blob."""
        if isinstance(source, Repository) and source.session is self.session:
            return source.reference.repository
        for name in self.near:
            ask = Ask("HEAD", f"/v2/{name}/blobs/{blob.digest}", self.scopes)
            answer = self.session.send(ask, 200, 401, 403, 404)
            answer.drop()
            if answer.status == 200:
                return name
        return ""

    def _fetched(self) -> Descriptor:
        """As `resolve`, for a registry that tells too little about what it would send."""
        answer = self._ask("GET", f"manifests/{self.reference.version}", _ACCEPT, 200)
        data = answer.read_all(BIGGEST_DOCUMENT)
        told = parsed(data, f"the manifest of {self.reference}")
        kind = told.text("mediaType", "") or _kind(answer)
        if kind in DOCKER_SCHEMA_1 or told.data.get("schemaVersion") == 1:
            raise Malformed(
                f"{self.reference} is an image of the first kind (schema 1), which has no verifiable layers",
                hint="push it again with a docker of this decade",
            )
        if kind not in (*MANIFESTS, *INDEXES):
            raise Malformed(f"{self.reference} is no image: {kind[:100]!r}")
        return self._is_what_was_asked(descriptor_of(kind, data))

    def _is_what_was_asked(self, found: Descriptor) -> Descriptor:
        if self.reference.digest and found.digest != self.reference.digest:
            raise Mismatch(f"{self.reference.name} was asked for {self.reference.digest} and has {found.digest}")
        return found

    def _from(self, blob: Descriptor, start: int) -> Answer:
        return self._ask("GET", _place(blob), {"Range": f"bytes={start}-"} if start else {}, 200, 206, 416)

    def _ask(self, method: str, path: str, headers: dict[str, str], *expected: int) -> Answer:
        return self.session.send(Ask(method, self._path(path), self.scopes, headers), *expected)

    def _path(self, path: str) -> str:
        return path if "://" in path else f"/v2/{self.reference.repository}/{path}"


@dataclass(frozen=True, slots=True)
class _Tagged:
    """A repository in which one document goes under a tag."""

    repository: Repository
    root: Descriptor
    tag: str

    @property
    def whole(self) -> bool:
        return True

    def has(self, blob: Descriptor) -> bool:
        if blob.digest != self.root.digest:
            return self.repository.has(blob)
        return self.repository.names(self.tag) == blob.digest

    def take(self, blob: Descriptor, source: Source, moved: Moved = unheard) -> None:
        if blob.digest != self.root.digest:
            return self.repository.take(blob, source, moved)
        self.repository.put(blob, read_verified(blob, source), self.tag)
        moved(blob.size)
        return None


def pull(repository: Repository, store: Store, platform: Platform, progress: Progress = silent) -> Image:
    """Have the image for a platform in a store, with all its layers."""
    image = repository.image(platform)
    copy(image.descriptor, repository, store, progress)
    return image


def push(root: Descriptor, source: Source, repository: Repository, progress: Progress = silent) -> Copied:
    """Have an image, or an index, in a repository, under the tag of its reference if that has one."""
    tag = repository.reference.tag
    return copy(root, source, _Tagged(repository, root, tag) if tag else repository, progress)


def _scope(reference: Reference, actions: str) -> str:
    return f"repository:{reference.repository}:{actions}"


def _place(blob: Descriptor) -> str:
    return f"{'manifests' if blob.is_document else 'blobs'}/{blob.digest}"


def _kind(answer: Answer) -> str:
    return answer.header("Content-Type").partition(";")[0].strip()


def _checked(digest: str) -> str:
    try:
        return checked_digest(digest)
    except UsageError as error:
        raise Malformed(f"the registry answers with something else than a digest: {error.message}") from None
