"""Turns a project into the paths where its image lies, without looking into any image."""

from bigflow.builder.step import Project, Wishes

FOLDER = ".image"
LAYOUT = tuple(f"{FOLDER}/{name}" for name in ("oci-layout", "index.json", "blobs"))


def exports_tar(project: Project, wishes: Wishes) -> bool:
    """What the user says, else the project; else what 1.11 did, for projects of its edition."""
    for said in (wishes.export_image_tar, project.spec.export_image_tar):
        if said is not None:
            return said
    return project.spec.edition == "1.11"


def tag_of(version: str) -> str:
    """The tag of a version: no registry takes a `+`."""
    return version.replace("+", "-")


def tar_path(project: Project) -> str:
    """Where the archive goes, relative to the project."""
    return f"{FOLDER}/image-{tag_of(project.version)}.tar"
