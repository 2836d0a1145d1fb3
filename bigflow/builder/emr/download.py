"""Turns an address into the file that it names, all of it or none."""

import base64
import http.client
import os
import shutil
from time import sleep
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit, urlunsplit
from urllib.request import Request, urlopen

from bigflow.builder.uv.scrub import scrubbed
from bigflow.errors import OutsideError, UsageError

_TRIES, _PAUSE = 3, 0.5
_SILENCE = 60.0  # seconds without a byte
_HINTS = {
    401: "give a name and a password in the address, best by the variable BIGFLOW_MAVEN",
    403: "give a name and a password in the address, best by the variable BIGFLOW_MAVEN",
    404: "is the address right, and does the repository have this version?",
}


def download(address: str, place: str, root: str) -> None:
    """Fetch it; what does not answer is asked again. Paths of a file:// address may be relative to the project."""
    os.makedirs(os.path.dirname(place), exist_ok=True)
    if address.startswith("file://"):
        _copy(os.path.join(root, unquote(address.removeprefix("file://"))), place)
        return
    request = _request(address)
    for left in reversed(range(_TRIES)):
        try:
            with urlopen(request, timeout=_SILENCE) as answer, open(place, "wb") as file:
                shutil.copyfileobj(answer, file, 1 << 20)
                _whole(answer.headers.get("Content-Length"), file.tell())
                return
        except HTTPError as error:
            error.close()
            if error.code < 500 or not left:
                raise _refused(address, f"{error.code} {error.reason}", _HINTS.get(error.code, "")) from None
        except (URLError, OSError, http.client.HTTPException) as error:
            if not left:
                raise _refused(address, str(getattr(error, "reason", error)), "") from None
        sleep(_PAUSE)


def _whole(said: str | None, size: int) -> None:
    """urllib is silent about an answer that was cut off."""
    if said is not None and int(said) != size:
        raise http.client.IncompleteRead(b"", int(said) - size)


def _request(address: str) -> Request:
    """A name and a password in the address become what servers understand."""
    parts = urlsplit(address)
    user, at, host = parts.netloc.rpartition("@")
    request = Request(urlunsplit(parts._replace(netloc=host)), headers={"User-Agent": "bigflow"})
    if at:
        request.add_unredirected_header("Authorization", f"Basic {base64.b64encode(unquote(user).encode()).decode()}")
    return request


def _copy(path: str, place: str) -> None:
    try:
        shutil.copyfile(path, place)
    except OSError as error:
        raise UsageError(f"cannot read the jar {path}: {error.strerror}") from None


def _refused(address: str, why: str, hint: str) -> OutsideError:
    return OutsideError(f"cannot fetch {scrubbed(address)}: {why}", hint=hint or "is the address right, and is it up?")
