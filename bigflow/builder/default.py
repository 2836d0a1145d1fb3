"""What a build is: which step in which phase. Each step is the module of its name in `steps/`."""

from bigflow.builder.selection import Phase, Selection

PHASES = (
    Phase("install", ("requirements", "environment")),
    Phase("pre_build", ("configuration", "lint", "types", "tests", "audit")),
    Phase("build", ("runtime", "wheel", "image", "dags", "emr")),
    Phase("post_build", ("installed", "image_check", "sbom", "sizes"), closing=("manifest",)),
)

# What a project has only if it has the table of the same name under [tool.bigflow].
BY_TABLE = ("emr",)

# What each command makes of it.
PARTS = {
    "build": Selection(),
    "build --target emr": Selection(skip=("image", "image_check", "dags")),
    "build-package": Selection(skip=("image", "image_check", "dags", "emr")),
    "build-image": Selection(skip=("dags", "emr")),
    "build-dags": Selection(only=("configuration", "dags", "manifest")),
}
