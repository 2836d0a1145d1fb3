"""What an environment and its machine say of how to reach its places, and those places made of it."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from bigflow.containers.credentials import docker_keychain
from bigflow.containers.reference import DEFAULT_REGISTRY
from bigflow.containers.registry import USUAL_PATIENCE, Registries
from bigflow.deployer.images import ImagePlace
from bigflow.deployer.logins import first_of, of_amazon, of_google, with_tokens
from bigflow.deployer.targets.layout import LayoutPlace
from bigflow.deployer.targets.registry import RegistryPlace
from bigflow.deployer.vault import Vault, VaultTokens
from bigflow.storage import Access, Amazon, Anonymous, Google, Patience, Proxies, Store, Token, Trust, open_store

_LAYOUT = "oci-layout:"


@dataclass(frozen=True, slots=True)
class Settings:
    """Who we are, and the way out. What is empty is left to the clouds' own chains."""

    vault: Vault | None = None
    google_key_file: str = ""
    google_impersonate: str = ""
    aws_profile: str = ""
    aws_region: str = ""
    endpoint: str = ""  # of another storage service than the cloud's
    anonymous: bool = False
    ca_file: str = ""
    docker_config: str = ""
    http_proxy: str = field(default="", repr=False)
    https_proxy: str = field(default="", repr=False)
    no_proxy: str = ""
    tries: int = 6  # of each request, until it counts as failed


@dataclass(frozen=True, slots=True)
class Reach:
    """How stores and images of an environment are opened."""

    store: Callable[[str], Store]
    images: Callable[[str], ImagePlace]


def reach(settings: Settings, project: str) -> Reach:
    """The ways to everything. Nothing is asked yet; registries are opened once, with their tokens."""
    proxies = Proxies(settings.http_proxy, settings.https_proxy, settings.no_proxy)
    tokens = VaultTokens(settings.vault, proxies) if settings.vault else None
    google, amazon = _google(settings), Amazon(settings.aws_profile, settings.aws_region)
    way_out, patience = Trust(settings.ca_file, proxies), Patience(tries=settings.tries)

    def access(kind: Literal["gs", "s3"]) -> Access:
        if settings.anonymous:
            return Access(Anonymous(), settings.endpoint, way_out, patience)
        if kind == "s3":
            return Access(amazon, settings.endpoint, way_out, patience)
        return Access(Token(tokens.renewed) if tokens else google, settings.endpoint, way_out, patience)

    docker = docker_keychain(settings.docker_config)
    keychain = (
        with_tokens(tokens.token)
        if tokens
        else first_of(docker, of_google(Access(google, "", way_out)), of_amazon(amazon))
    )
    registries = Registries(way_out, keychain, replace(USUAL_PATIENCE, tries=settings.tries))
    return Reach(
        store=lambda address: open_store(address, access("s3" if address.startswith("s3") else "gs")),
        images=lambda said: image_place(said, project, registries),
    )


def image_place(said: str, project: str, registries: Registries) -> ImagePlace:
    """The place that `docker_repository` names: what names no registry is a folder."""
    if said.startswith(_LAYOUT):
        return LayoutPlace(said, said.removeprefix(_LAYOUT), project)
    if _is_folder(said):
        return LayoutPlace(said, said, project)
    return RegistryPlace(said, registries)


def _is_folder(said: str) -> bool:
    host, slash, _ = said.partition("/")
    named = host == "localhost" or host == DEFAULT_REGISTRY or "." in host.strip(".") or ":" in host
    return not slash or not named or said.startswith((os.sep, "."))


def _google(settings: Settings) -> Google:
    return Google(settings.google_key_file, settings.google_impersonate)
