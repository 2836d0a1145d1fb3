"""Turns a bundle into the shell script that puts it into a bucket with nothing but the AWS CLI."""

import base64
import shlex
from string import Template

from bigflow.artifacts.artifact import Part
from bigflow.artifacts.emr_bundle import FILE, EmrBundle

_SCRIPT = Template("""\
#!/bin/sh
# Puts this bundle ($name) to s3://BUCKET/PREFIX/$folder, and there only what is not there yet.
#
#   ./upload_to_s3.sh s3://BUCKET/PREFIX      or the variable bf_emr_bucket says where
#
# Made from $manifest by `bigflow build`: what is changed here is gone with the next build.
set -eu

address=$${1:-$${bf_emr_bucket:-}}
case $$address in
    s3://?*) ;;
    *) echo "usage: $$0 s3://BUCKET/PREFIX" >&2; exit 2 ;;
esac
rest=$${address#s3://}
bucket=$${rest%%/*}
prefix=$${rest#"$$bucket"}
prefix=$${prefix#/}
prefix=$${prefix%/}
prefix=$${prefix:+$$prefix/}$folder
cd "$$(dirname "$$0")"

put() {  # path, SHA-256 as S3 writes it
    there=$$(aws s3api head-object --bucket "$$bucket" --key "$$prefix/$$1" --checksum-mode ENABLED \\
        --query ChecksumSHA256 --output text 2>/dev/null) || there=
    if [ "$$there" = "$$2" ]; then
        echo "= $$1"
        return
    fi
    aws s3api put-object --bucket "$$bucket" --key "$$prefix/$$1" --body "$$1" \\
        --checksum-algorithm SHA256 --checksum-sha256 "$$2" >/dev/null
    echo "+ $$1"
}

$puts
echo "s3://$$bucket/$$prefix"
""")


def upload_script(bundle: EmrBundle, manifest: Part) -> str:
    """The text. The manifest comes last: where it is, everything is."""
    lines = [f"put {shlex.quote(part.path)} {_as_s3_writes(part.sha256)}" for part in (*bundle.files, manifest)]
    return _SCRIPT.substitute(
        name=f"{bundle.project} {bundle.version}", folder=bundle.folder, manifest=FILE, puts="\n".join(lines)
    )


def _as_s3_writes(sha256: str) -> str:
    return base64.b64encode(bytes.fromhex(sha256)).decode()
