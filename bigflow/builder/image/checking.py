"""Turns the finished image into the proof that it starts, has all workflows, and holds no secrets."""

import os
from collections.abc import Iterator

from bigflow._process import Completed
from bigflow.artifacts.artifact import Artifact
from bigflow.builder.image.built import for_this_machine
from bigflow.builder.image.known import known_secrets
from bigflow.builder.image.machine import own_architecture
from bigflow.builder.image.outputs import FOLDER
from bigflow.builder.image.root import root_of
from bigflow.builder.image.secrets import leaks
from bigflow.builder.image.serving import answered
from bigflow.builder.image.starting import Start, Way, ways
from bigflow.builder.image.trees import trees_in
from bigflow.builder.step import Done, StepFailed, Work
from bigflow.containers.image import Image, Layer
from bigflow.containers.layout import Layout
from bigflow.errors import Finding, UsageError

_TAIL = 12
_NOT_OF_THE_PROJECT = ("base", "dependencies", "bigflow ")  # they come from elsewhere, by their digests


def checked(work: Work) -> Done:
    """First what must not be, then whether it runs."""
    artifact = next((one for done in work.before.values() for one in done.artifacts if one.kind == "image"), None)
    if artifact is None:
        raise UsageError("there is no image that a build of this version made", hint="bigflow build --only build")
    layout = Layout(os.path.join(work.project.root, FOLDER))
    images = layout.images()
    _refuse_secrets(work, artifact, images, layout)
    image = for_this_machine(images)
    if image is None:
        return _not_started(f"it is not for this machine, which is linux/{own_architecture()}")
    return _started(work, image, _base(artifact, image), layout)


def _refuse_secrets(work: Work, artifact: Artifact, images: tuple[Image, ...], layout: Layout) -> None:
    secrets = known_secrets(work.project.root)
    notes = dict(_notes(artifact))
    seen: set[str] = set()
    for image in images:
        ours = [layer for layer in image.layers if _is_ours(layer, notes) and layer.blob.digest not in seen]
        seen.update(layer.blob.digest for layer in ours)
        found = list(leaks(image, ours, layout.store, secrets, work.project.spec.name))
        if found:
            more = (f"and {len(found) - _TAIL} more",) if len(found) > _TAIL else ()
            raise StepFailed(
                "\n  ".join(("the image has what nobody may find in it", *found[:_TAIL], *more)),
                where=FOLDER,
                hint="take it out of the sources, or of the Dockerfile; a secret that was pushed has to be changed",
            )


def _notes(artifact: Artifact) -> Iterator[tuple[str, str]]:
    for name, value in artifact.details:
        if " layer " in name:
            digest, _, rest = value.partition(" ")
            yield digest, rest.partition(" ")[2]


def _is_ours(layer: Layer, notes: dict[str, str]) -> bool:
    return not notes.get(layer.blob.digest, "").startswith(_NOT_OF_THE_PROJECT)


def _base(artifact: Artifact, image: Image) -> int:
    """How many layers are the base's. Of an image that an engine made nobody knows: it is all but the last."""
    found = (value.split(" ", 2)[2:] for name, value in artifact.details if name.startswith(f"{image.platform} layer "))
    return list(found).count(["base"]) or len(image.layers) - 1


def _started(work: Work, image: Image, base: int, layout: Layout) -> Done:
    """By the first thing that can start anything here: what could not start this is asked whether it can others."""
    if (work.project.settings.smoke or "").startswith("http://"):
        return answered(work)
    if not work.project.spec.package:
        return Done("image not started: smoke says no address where it answers")
    found = tuple(ways(work))
    if found:
        with root_of(image, base, layout.store, trees_in(work.project.cache), work.tool) as root:
            start = Start(root, _command(work), dict(image.settings.env))
            for way in found:
                done = way.run(start)
                if done.ok or way.works():
                    return _ran(work, way, start, done)
    return _not_started("nothing here can start it: crun, runc, or unshare as a user who may")


def _command(work: Work) -> tuple[str, ...]:
    """As in a pod. Without a job to try, the workflows are listed: for that all of them are imported."""
    smoke, package, env = work.project.settings.smoke, work.project.spec.package, work.wishes.env
    words = ("run", "--job", smoke) if smoke else ("workflows",)
    return (
        "python",
        "-m",
        "bigflow",
        *words,
        "--project-package",
        package,
        *(("--config", env) if env and smoke else ()),
    )


def _ran(work: Work, way: Way, start: Start, done: Completed) -> Done:
    if not done.ok:
        said = [line.rstrip() for line in done.stdout.splitlines() if line.strip()][-_TAIL:]
        raise StepFailed(
            "\n  ".join((f"the image does not run `{' '.join(start.words)}`: exit code {done.returncode}", *said)),
            where=FOLDER,
            hint="what works here may need a library or a file that the image lacks; the log has all that was written",
        )
    smoke = work.project.settings.smoke
    return Done(f"image ran {smoke} ({way.name})" if smoke else f"image starts, its workflows are found ({way.name})")


def _not_started(why: str) -> Done:
    """Nothing is wrong with it, as far as is known: that must be heard."""
    hint = "install crun, for example, or try the image where it is to run before you deploy it"
    return Done(f"image NOT STARTED: {why}", warnings=(Finding(f"the image was not started: {why}", FOLDER, hint),))
