"""Turns what an environment says of who we are into the logins for its registry."""

import re
from base64 import b64decode
from collections.abc import Callable
from typing import Protocol

from bigflow.containers.auth import Keychain, Login
from bigflow.errors import OutsideError
from bigflow.storage import Access, Amazon, Google
from bigflow.storage.google_identity import GoogleIdentity
from bigflow.storage.packages import package
from bigflow.storage.transport import Request, Transport

_GOOGLE = re.compile(r"(?:[a-z0-9-]+\.)*(?:pkg\.dev|gcr\.io)")
_ECR = re.compile(r"[0-9]+\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?")
_USER = "oauth2accesstoken"  # what Google's registries call a token for a password


class TokenSource(Protocol):
    """Gives a token; another one than the one that was refused."""

    def __call__(self, refused: str | None = None, /) -> str: ...


def first_of(*keychains: Keychain) -> Keychain:
    """The logins of the first that has one; of the next, when that is refused."""

    def login(registry: str, refused: Login | None = None, /) -> Login | None:
        found = None
        for keychain in keychains:
            found = keychain(registry, refused)
            if found is not None and found != refused:
                return found
        return found

    return login


def with_tokens(source: TokenSource) -> Keychain:
    """The same token for every registry, as 1.11 logged in to whatever the environment named."""

    def login(_registry: str, refused: Login | None = None, /) -> Login | None:
        return Login(_USER, source(refused.secret if refused else None))

    return login


def of_google(access: Access) -> Keychain:
    """Google's own registries take the credentials that its buckets take."""
    who = access.who if isinstance(access.who, Google) else Google()
    identity = GoogleIdentity(who, Transport(access.trust, access.patience))

    def login(registry: str, refused: Login | None = None, /) -> Login | None:
        if not _GOOGLE.fullmatch(registry):
            return None
        if refused is not None and refused.user == _USER:
            identity.renew()
        shown = identity.signed(Request("GET", f"https://{registry}/v2/", {})).headers["Authorization"]
        return Login(_USER, shown.partition(" ")[2])

    return login


def of_amazon(who: Amazon, ask: Callable[[Amazon, str], str] | None = None) -> Keychain:
    """Amazon's registry has passwords that last for hours, which its API gives out."""
    known: dict[str, Login] = {}

    def login(registry: str, refused: Login | None = None, /) -> Login | None:
        found = _ECR.fullmatch(registry)
        if found is None:
            return None
        if registry not in known or known[registry] == refused:
            said = b64decode((ask or _ecr_token)(who, found[1])).decode()
            user, _, password = said.partition(":")
            known[registry] = Login(user, password)
        return known[registry]

    return login


def _ecr_token(who: Amazon, region: str) -> str:
    errors = package("botocore.exceptions", "aws")
    try:
        session = package("botocore.session", "aws").Session(profile=who.profile or None)
        told = session.create_client("ecr", region_name=region).get_authorization_token()
        return str(told["authorizationData"][0]["authorizationToken"])
    except (errors.BotoCoreError, errors.ClientError, KeyError, IndexError) as error:
        raise OutsideError(
            f"ECR gives no password for {region}: {str(error)[:300]}",
            hint="aws sso login; the right ecr:GetAuthorizationToken is needed",
        ) from None
