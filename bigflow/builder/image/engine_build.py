"""Turns a project's own Dockerfile into its image, by an engine; from there on it is like any other image."""

import glob
import os
import shutil
from dataclasses import dataclass

from bigflow._files import unwritable
from bigflow.builder.image.built import Built
from bigflow.builder.image.choice import DOCKERFILE
from bigflow.builder.image.context import Brought, ignore_files, read_context, stage
from bigflow.builder.image.outputs import tag_of
from bigflow.builder.step import Project, Wishes, Work
from bigflow.containers.descriptor import LINUX_AMD64, Platform, platform_named
from bigflow.containers.engine import KINDS, Building, Engine, NoEngine, find
from bigflow.containers.ferry import Ferry
from bigflow.containers.image import Image
from bigflow.containers.reference import parse
from bigflow.containers.store import Store
from bigflow.errors import UsageError

_LABELS = "org.opencontainers.image."


def inputs(project: Project, wishes: Wishes, brought: tuple[Brought, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The files and values that decide what comes of it. What a secret says is not among them: nothing keeps it."""
    context = read_context(project.root, DOCKERFILE)
    made = (one.source for one in brought)
    files = (DOCKERFILE, *ignore_files(DOCKERFILE), *made, *(glob.escape(path) for path in context.files))
    values = (
        project.version,
        project.commit or "",
        repr(project.spec.image),
        *context.folders,
        *wishes.build_arguments,
        *(secret.partition("=")[0] for secret in wishes.build_secrets),
    )
    return files, values


def name_of(project: Project) -> str:
    """What the engine calls the image of a service."""
    return f"{project.spec.docker_repository or project.spec.name.lower()}:{tag_of(project.version)}"


def build(work: Work, brought: tuple[Brought, ...]) -> Built:
    """The image for each platform that the project wants. Of a service, the engine's newest is the newest."""
    project = work.project
    orders = _Orders.of(work)
    engine = _engine(project)
    context = read_context(project.root, DOCKERFILE)
    place = _Place(os.path.join(work.folder, "context"), os.path.join(work.folder, DOCKERFILE))
    try:
        shutil.copyfile(os.path.join(project.root, DOCKERFILE), place.dockerfile)  # away from the .dockerignore
    except OSError as error:
        raise unwritable(place.dockerfile, error) from error
    stage(context, brought, place.context)
    store = Store(os.path.join(project.cache, "blobs"))
    ferry = Ferry(engine, store, os.path.join(project.cache, "loopback.json"))
    images = tuple(_one(work, ferry, orders.building(place, platform)) for platform in orders.platforms)
    if not project.spec.package:
        engine.must("tag", f"{orders.repository}:{orders.tag}", f"{orders.repository}:latest")
    store.put(document for image in images for document in image.documents)
    return Built(images, store, warnings=context.warnings)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the engine finds what it is to build."""

    context: str
    dockerfile: str


@dataclass(frozen=True, slots=True)
class _Orders:
    """What the project and the user want of the engine."""

    repository: str
    tag: str
    platforms: tuple[Platform, ...]
    arguments: tuple[tuple[str, str], ...]
    secrets: tuple[tuple[str, str], ...]
    cache_from: tuple[str, ...]
    fresh: bool

    @classmethod
    def of(cls, work: Work) -> "_Orders":
        project, wishes = work.project, work.wishes
        repository = project.spec.docker_repository or project.spec.name.lower()
        parse(repository)
        versions = (f"{repository}:{tag_of(version)}" for version in wishes.cache_from_version)
        return cls(
            repository,
            tag_of(project.version),
            tuple(platform_named(name) for name in project.spec.image.platforms) or (LINUX_AMD64,),
            tuple(_pair(word, "--build-arg", "NAME=VALUE") for word in wishes.build_arguments),
            tuple(_secret(word, project.root) for word in wishes.build_secrets),
            (*(str(parse(image)) for image in wishes.cache_from_image), *versions),
            wishes.anew,
        )

    def building(self, place: _Place, platform: Platform) -> Building:
        """One platform. Where there are several, each has a tag of its own in the engine."""
        suffix = f"-{str(platform).replace('/', '-')}" if len(self.platforms) > 1 else ""
        return Building(
            f"{self.repository}:{self.tag}{suffix}",
            place.context,
            place.dockerfile,
            platform,
            self.arguments,
            self.secrets,
            self.cache_from,
            self.fresh,
        )


def _engine(project: Project) -> Engine:
    try:
        return find(next((kind for kind in KINDS if kind == project.spec.image.builder), None))
    except NoEngine as error:
        raise NoEngine(
            f"the {DOCKERFILE} needs a container engine: {error.message}",
            where=DOCKERFILE,
            hint=f"{error.hint}; or remove the {DOCKERFILE}, or begin it with `# bigflow: standard`: "
            "then no engine is needed",
        ) from None


def _one(work: Work, ferry: Ferry, wish: Building) -> Image:
    """Build it and take it over. It gets the labels that say what it was made of, unless it has its own."""
    work.tell(f"{ferry.engine} builds {wish.name} for {wish.platform}")
    ferry.engine.build(wish, work.tool)
    image = ferry.fetch(wish.name, wish.platform, work.tool)
    project = work.project
    said = {"title": project.spec.name, "version": project.version, "revision": project.commit or ""}
    ours = {f"{_LABELS}{name}": value for name, value in said.items() if value}
    return image.with_settings(image.settings.with_labels(ours | dict(image.settings.labels)))


def _secret(word: str, root: str) -> tuple[str, str]:
    name, file = _pair(word, "--build-secret", "NAME=FILE")
    path = os.path.join(root, os.path.expanduser(file))
    if not os.path.isfile(path):
        raise UsageError(f"--build-secret {name}: there is no file {file}", hint="--build-secret NAME=FILE")
    if "," in path or "," in name:
        raise UsageError(f"--build-secret {word}: engines take no comma there", hint="give the file another name")
    return name, path


def _pair(word: str, option: str, form: str) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    if not (name and equals):
        raise UsageError(f"{option} {word!r} says no {form.partition('=')[2].lower()}", hint=f"{option} {form}")
    return name, value
