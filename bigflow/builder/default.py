"""What a build is: which step in which phase. Each step is the module of its name in `steps/`."""

from bigflow.builder.selection import Phase, Selection

PHASES = (
    Phase("install", ("requirements", "environment")),
    Phase("pre_build", ("image_dependencies", "configuration", "lint", "types", "tests", "audit")),
    Phase("build", ("runtime", "wheel", "image", "dags")),
    Phase("post_build", ("installed", "image_archive", "image_check", "sbom", "sizes"), closing=("manifest",)),
)

# What each command makes of it.
PARTS = {
    "build": Selection(),
    "build-package": Selection(skip=("image_dependencies", "image", "image_archive", "image_check", "dags")),
    "build-image": Selection(skip=("dags",)),
    "build-dags": Selection(only=("configuration", "dags", "manifest")),
}
