"""Turns 512 bytes of a stranger's tar into an entry, or into an error where the library would be too trusting."""

import tarfile

_LONGEST = 1 << 20  # bytes of a header that holds a long name, or pax records: they are in memory at once
_IN_MEMORY = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)


class StrictEntry(tarfile.TarInfo):
    """An entry whose header must be right: the library takes a wrong one in the middle for the end."""

    @classmethod
    def fromtarfile(cls, archive: tarfile.TarFile) -> "StrictEntry":
        try:
            return super().fromtarfile(archive)
        except (tarfile.EOFHeaderError, tarfile.EmptyHeaderError):  # type: ignore[attr-defined]
            raise
        except tarfile.HeaderError as error:
            raise tarfile.ReadError(str(error)) from None

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "StrictEntry":
        entry = super().frombuf(buf, encoding, errors)
        if entry.type in _IN_MEMORY and not 0 <= entry.size <= _LONGEST:
            raise tarfile.ReadError(f"a header of {entry.size} bytes")
        return entry
