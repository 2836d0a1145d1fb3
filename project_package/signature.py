"""Turns a page and a secret into a page of which everyone with the secret can tell that nobody changed it."""

import hmac

MARK = "<!-- signature "
END = " -->\n"


def sign(page: str, token: str) -> str:
    """The page with its signature as its last line."""
    return f"{page}{MARK}{_signature(page, token)}{END}"


def is_genuine(signed: str, token: str) -> bool:
    """Whether the page is as it was when it was signed with this token."""
    page, _, signature = signed.rpartition(MARK)
    return hmac.compare_digest(signature.encode(), f"{_signature(page, token)}{END}".encode())


def _signature(page: str, token: str) -> str:
    return hmac.new(token.encode(), page.encode(), "sha256").hexdigest()
