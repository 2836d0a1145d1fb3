"""Turns the address of a store, and how to reach it, into the store."""

from bigflow.errors import UsageError
from bigflow.storage.access import Access, Amazon, Anonymous, Google, Token
from bigflow.storage.place import Place, place_of
from bigflow.storage.store import Store


def open_store(address: str, access: Access | None = None) -> Store:
    """The store at `gs://BUCKET/PREFIX`, `s3://BUCKET/PREFIX`, `file:///PATH` or a path. Nothing is asked yet."""
    place = place_of(address)
    if place.kind == "folder":
        from bigflow.storage.folder import FolderStore

        return FolderStore(place, (access or Access()).patience)
    return _google(place, access or Access()) if place.kind == "gs" else _amazon(place, access or Access())


def _google(place: Place, access: Access) -> Store:
    from bigflow.storage.gcs import DIALECT, ENDPOINT, GoogleStore
    from bigflow.storage.google_identity import GivenToken, GoogleIdentity
    from bigflow.storage.session import Identity, Nobody, Session
    from bigflow.storage.transport import Transport

    transport = Transport(access.trust, access.patience)
    who = access.who or Google()
    identity: Identity
    match who:
        case Anonymous():
            identity = Nobody()
        case Token():
            identity = GivenToken(who)
        case Google():
            identity = GoogleIdentity(who, transport)
        case Amazon():
            raise UsageError(f"{place.url} is not reached with AWS credentials", hint="see its credentials")
    session = Session(DIALECT, identity, transport, access.patience)
    return GoogleStore(place, session, _endpoint(access) or ENDPOINT)


def _amazon(place: Place, access: Access) -> Store:
    from bigflow.storage.amazon_identity import AmazonIdentity, Region, region_of
    from bigflow.storage.s3 import DIALECT, AmazonStore
    from bigflow.storage.session import Identity, Nobody, Session
    from bigflow.storage.transport import Transport

    who = access.who or Amazon()
    identity: Identity
    match who:
        case Anonymous():
            region, identity = Region("us-east-1"), Nobody()
        case Amazon():
            region = region_of(who)
            identity = AmazonIdentity(who, region)
        case Google() | Token():
            raise UsageError(f"{place.url} is not reached with Google credentials", hint="see its credentials")
    session = Session(DIALECT, identity, Transport(access.trust, access.patience), access.patience)
    return AmazonStore(place, session, region, _endpoint(access))


def _endpoint(access: Access) -> str:
    endpoint = access.endpoint.rstrip("/")
    if endpoint and not endpoint.startswith(("http://", "https://")):
        raise UsageError(f"{endpoint!r} is no endpoint of a storage service", hint="such as http://localhost:9000")
    return endpoint
