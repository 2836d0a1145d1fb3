#!/bin/sh
# The main job as far as it exists: draw the example's workflow, run it, build the project, deploy it to a folder.
set -eu

.venv/bin/bigflow workflows show daily
.venv/bin/bigflow run -w daily
echo
built=0
.venv/bin/bigflow build || built=$?
if [ "$built" = 4 ] && [ -z "${BIGFLOW_IMAGE_BASE:-}" ]; then
    echo
    echo "No registry answers, so the image begins with Debian's own packages: --image-base mmdebstrap:bookworm"
    if ! command -v mmdebstrap >/dev/null; then
        if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
            echo "That needs mmdebstrap, which is not installed: apt install mmdebstrap, then make demo again"
            exit 4
        fi
        apt-get update -qq && apt-get install -y -qq --no-install-recommends mmdebstrap >/dev/null
    fi
    .venv/bin/bigflow build --image-base mmdebstrap:bookworm
elif [ "$built" != 0 ]; then
    exit "$built"
fi
echo
.venv/bin/bigflow deploy -c local
echo
echo "To be opened in a browser: build/out/report.html (what the run made), build/report.html (how the build went)"
