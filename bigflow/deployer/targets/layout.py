"""A folder (an OCI image layout) as a place for images: for environments without a registry."""

from dataclasses import dataclass

from bigflow._files import unmakable, unwritable
from bigflow.containers.blobs import Source
from bigflow.containers.copying import Graph, Progress, copy
from bigflow.containers.descriptor import INDEX, MANIFEST, Descriptor
from bigflow.containers.documents import parsed
from bigflow.containers.layout import NAME, Layout
from bigflow.errors import BigflowError, UsageError


@dataclass(frozen=True, slots=True)
class LayoutPlace:
    """The images of a project in a folder. Those of former releases stay; the index speaks of the last one."""

    said: str
    folder: str
    project: str

    def reference(self, digest: str) -> str:
        return f"{self.project}@{digest}"

    def find(self, digest: str) -> Descriptor | None:
        store = self._layout.store
        try:
            with open(store.path(digest), "rb") as file:
                data = file.read()
            kind = parsed(data, digest).text("mediaType", "")
        except (OSError, BigflowError):
            return None
        root = Descriptor(kind or (INDEX if b'"manifests"' in data else MANIFEST), digest, len(data))
        graph = Graph.read(root, store)
        return root if all(store.has(blob) for blob in graph.blobs) else None

    def has(self, blob: Descriptor) -> bool:
        return self._layout.store.has(blob)

    def may_put(self) -> None:
        if problem := unmakable(self.folder):
            raise unwritable(self.folder, problem)

    def put(self, root: Descriptor, source: Source, progress: Progress) -> None:
        store = self._layout.store
        with store.locked():
            copy(root, source, store, progress)

    def tagged(self, tag: str) -> str:
        try:
            roots = self._layout.roots()
        except UsageError:
            return ""  # nothing was put there yet
        return next((root.digest for root in roots if dict(root.annotations).get(NAME) == tag), "")

    def tag(self, root: Descriptor, tag: str) -> None:
        self._layout.write(root, self._layout.store, tag)

    @property
    def _layout(self) -> Layout:
        return Layout(self.folder)
