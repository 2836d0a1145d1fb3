"""Turns what this machine says about registries into a way to talk to them: logins, certificates, the way out."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from bigflow._http.network import Proxies, Trust

if TYPE_CHECKING:
    from bigflow.containers.registry import Registries


def registries_of(environment: Mapping[str, str]) -> "Registries":
    """As docker and curl read these variables."""
    from bigflow.containers.credentials import docker_keychain  # late: most images are made of what is here
    from bigflow.containers.registry import Registries

    def said(name: str) -> str:
        return environment.get(name.lower()) or environment.get(name.upper()) or ""

    folder = environment.get("DOCKER_CONFIG") or os.path.join(environment.get("HOME", "/"), ".docker")
    everything = said("all_proxy")
    proxies = Proxies(said("http_proxy") or everything, said("https_proxy") or everything, said("no_proxy"))
    trust = Trust(ca_file=environment.get("SSL_CERT_FILE", ""), proxies=proxies)
    return Registries(trust, docker_keychain(os.path.join(folder, "config.json")))
