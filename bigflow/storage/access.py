"""What a caller says about how to reach a store: as whom, which way, and how patiently."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from bigflow._http.network import USUAL_TRUST, Trust
from bigflow._http.patience import Patience


@dataclass(frozen=True, slots=True)
class Anonymous:
    """As nobody: public buckets, emulators."""


@dataclass(frozen=True, slots=True)
class Token:
    """With a Google access token from elsewhere, such as a vault. It is asked for anew when one is refused."""

    source: Callable[[], str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Google:
    """With application default credentials, or those of a file; then, if asked to, as another service account."""

    key_file: str = ""
    impersonate: str = ""


@dataclass(frozen=True, slots=True)
class AmazonKeys:
    """Keys that the caller has."""

    key_id: str
    secret: str = field(repr=False)
    session_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Amazon:
    """With what AWS's own chain finds (variables, profile, SSO, role of the machine), or with given keys."""

    profile: str = ""
    region: str = ""
    keys: AmazonKeys | None = None


Who: TypeAlias = Anonymous | Token | Google | Amazon


USUAL_PATIENCE = Patience(pause=0.3, longest_pause=20.0)


@dataclass(frozen=True, slots=True)
class Access:
    """How a store is reached. Everything has a default: the cloud itself, as whoever its own chain says we are."""

    who: Who | None = None
    endpoint: str = ""  # another server than the cloud's, such as http://localhost:9000
    trust: Trust = USUAL_TRUST
    patience: Patience = USUAL_PATIENCE
