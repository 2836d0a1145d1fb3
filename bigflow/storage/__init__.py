"""Turns the address of a folder or a bucket into a store: list, stat, read, write and delete, each with conditions."""

from bigflow._http.network import Proxies, Trust
from bigflow._http.patience import Patience
from bigflow.storage.access import Access, Amazon, AmazonKeys, Anonymous, Google, Token
from bigflow.storage.opening import open_store
from bigflow.storage.parallel import at_once
from bigflow.storage.rights import may_delete, may_write
from bigflow.storage.store import ABSENT, Absent, Conflict, Content, Found, NoBucket, Refused, Store, Stored

__all__ = [
    "ABSENT",
    "Absent",
    "Access",
    "Amazon",
    "AmazonKeys",
    "Anonymous",
    "Conflict",
    "Content",
    "Found",
    "Google",
    "NoBucket",
    "Patience",
    "Proxies",
    "Refused",
    "Store",
    "Stored",
    "Token",
    "Trust",
    "at_once",
    "may_delete",
    "may_write",
    "open_store",
]
