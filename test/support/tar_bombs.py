"""Turns a size into the head of a tar with a header so long, of each kind that readers keep in memory as a whole."""

import tarfile

HEADERS = {
    "pax": tarfile.XHDTYPE,
    "pax for all": tarfile.XGLTYPE,
    "pax of Solaris": tarfile.SOLARIS_XHDTYPE,
    "long name": tarfile.GNUTYPE_LONGNAME,
    "long link": tarfile.GNUTYPE_LONGLINK,
}


def long_header(kind: str, size: int) -> bytes:
    """Only the block that announces it: what follows is never reached by who is careful."""
    member = tarfile.TarInfo("././@LongLink")
    member.type = HEADERS[kind]
    member.size = size
    return member.tobuf(tarfile.GNU_FORMAT) + bytes(8192)
