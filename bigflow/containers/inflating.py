"""Turns the blob of a layer into the tar inside, checking both digests while it flows by."""

import hashlib
import zlib
from collections.abc import Iterator
from contextlib import closing

from bigflow.containers.blobs import PIECE, Source
from bigflow.containers.descriptor import LAYER, LAYER_GZIP, OCI_NAME
from bigflow.containers.digest import Mismatch, Verifier
from bigflow.containers.documents import Malformed
from bigflow.containers.image import Layer
from bigflow.errors import UsageError


def inflated(layer: Layer, source: Source) -> Iterator[bytes]:
    """The tar of a layer, piece by piece. That all of it was right is known at the end."""
    kind = OCI_NAME.get(layer.blob.media_type)
    if kind not in (LAYER, LAYER_GZIP):
        raise UsageError(
            f"the layer {layer.blob.digest} is compressed in a way that is unknown here: {layer.blob.media_type}",
            hint="use a base image whose layers are compressed with gzip",
        )
    verifier = Verifier(layer.blob.digest, layer.blob.size)
    inside = hashlib.sha256()
    pieces = _blob(layer, source, verifier)
    for piece in gunzipped(pieces, f"the layer {layer.blob.digest}") if kind == LAYER_GZIP else pieces:
        inside.update(piece)
        yield piece
    verifier.finish()
    found = "sha256:" + inside.hexdigest()
    if found != layer.diff_id:
        raise Mismatch(f"the tar in the layer {layer.blob.digest} is {found}, and should be {layer.diff_id}")


def _blob(layer: Layer, source: Source, verifier: Verifier) -> Iterator[bytes]:
    with closing(source.open(layer.blob)) as stream:
        while piece := stream.read(PIECE):
            verifier.update(piece)
            yield piece


def gunzipped(pieces: Iterator[bytes], what: str) -> Iterator[bytes]:
    """One gzip member, or several one after another. No piece is large, whatever it was compressed from."""
    member = zlib.decompressobj(zlib.MAX_WBITS | 16)
    begun = False
    try:
        for piece in pieces:
            rest = piece
            while rest:
                if member.eof:
                    member, begun = zlib.decompressobj(zlib.MAX_WBITS | 16), False
                begun = True
                yield member.decompress(rest, 4 * PIECE)
                rest = member.unused_data if member.eof else member.unconsumed_tail
    except zlib.error as error:
        raise Malformed(f"{what} is not what gzip makes: {error}") from None
    if begun and not member.eof:
        raise Malformed(f"{what} is cut off")
