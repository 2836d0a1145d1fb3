"""What a build is: which step in which phase. Each step is the module of its name in `steps/`."""

from bigflow.builder.selection import Phase, Selection
from bigflow.project.spec import ProjectSpec

PHASES = (
    Phase("install", ("requirements", "environment"), closing=("generate",)),
    Phase("pre_build", ("image_dependencies", "configuration", "lint", "types", "tests", "audit", "doctrine")),
    Phase("build", ("runtime", "wheel", "image", "dags", "emr")),
    Phase("post_build", ("installed", "image_archive", "image_check", "sbom", "sizes"), closing=("manifest",)),
)

# The same of a Node project: its own steps are the modules in `node/steps/`.
NODE_PHASES = (
    Phase("install", ("dependencies",)),
    Phase("pre_build", ("lint", "types", "tests", "audit", "outdated")),
    Phase("build", ("compile", "package", "image")),
    Phase("post_build", ("image_archive", "image_check", "sbom", "sizes"), closing=("manifest",)),
)

# What each command makes of it.
_OF_IMAGES = ("image_dependencies", "image", "image_archive", "image_check")
PARTS = {
    "build": Selection(),
    "build --target emr": Selection(skip=(*_OF_IMAGES, "dags")),
    "build-package": Selection(skip=(*_OF_IMAGES, "dags", "emr")),
    "build-image": Selection(skip=("dags", "emr")),
    "build-dags": Selection(only=("generate", "configuration", "dags", "manifest")),
    "generate": Selection(only=("generate",)),
}
NODE_PARTS = {
    "build": Selection(),
    "build-package": Selection(skip=("image", "image_archive", "image_check")),
    "build-image": Selection(),
}

_BY_TABLE = ("emr",)  # steps that a project has only with the table of the same name under [tool.bigflow]


def phases_of(spec: ProjectSpec) -> tuple[Phase, ...]:
    """The phases of this very project."""
    absent = {step for step in _BY_TABLE if not spec.where(step)}
    return tuple(phase._replace(steps=tuple(step for step in phase.steps if step not in absent)) for phase in PHASES)
