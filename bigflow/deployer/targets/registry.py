"""A repository in a registry as a place for images."""

from dataclasses import dataclass

from bigflow.containers.blobs import Absent, Source, read_verified
from bigflow.containers.copying import Progress
from bigflow.containers.descriptor import Descriptor
from bigflow.containers.reference import Reference, parse
from bigflow.containers.registry import Registries, Repository, push
from bigflow.errors import OutsideError, UsageError


@dataclass(frozen=True, slots=True)
class RegistryPlace:
    """One repository. What is only looked at is asked for with the right to pull."""

    said: str
    registries: Registries

    def reference(self, digest: str) -> str:
        return str(self._named.at(digest))

    def find(self, digest: str) -> Descriptor | None:
        try:
            return self._to_read(self._named.at(digest)).resolve()
        except Absent:
            return None

    def has(self, blob: Descriptor) -> bool:
        return self._to_read(self._named).has(blob)

    def may_put(self) -> None:
        try:
            self.registries.writable(self._named).may_put()
        except Absent as error:
            hint = "make it, or see docker_repository; some registries say so to whom they do not allow to push"
            raise OutsideError(f"there is no repository {self.said}: {error.message}", hint=hint) from error

    def put(self, root: Descriptor, source: Source, progress: Progress) -> None:
        push(root, source, self.registries.writable(self._named.at(root.digest)), progress)

    def tagged(self, tag: str) -> str:
        return self._to_read(self._named.tagged(tag)).names(tag)

    def tag(self, root: Descriptor, tag: str) -> None:
        repository = self.registries.writable(self._named.tagged(tag))
        repository.put(root, read_verified(root, repository), tag)

    @property
    def _named(self) -> Reference:
        named = parse(self.said)
        if named.digest or self.said.rpartition("/")[2].count(":"):
            raise UsageError(
                f"docker_repository is {self.said!r}, which names one image in it",
                hint=f"leave the tag out: {named.name}",
            )
        return named

    def _to_read(self, reference: Reference) -> Repository:
        return self.registries.readable(reference)
