"""What a build is: which step in which phase. Each step is the module of its name in `steps/`."""

from bigflow.builder.selection import Phase

PHASES = (
    Phase("install", ("requirements", "environment")),
    Phase("pre_build", ("configuration", "lint", "types", "tests", "audit")),
    Phase("build", ("runtime", "wheel")),
    Phase("post_build", ("installed", "sbom", "sizes"), closing=("manifest",)),
)

# What the commands that make only a part of it leave out.
LEFT_OUT: dict[str, tuple[str, ...]] = {
    "build": (),
    "build-package": (),
}
