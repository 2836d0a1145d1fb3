#!/bin/sh
# The main job as far as it exists: draw the example's workflow, run it, show where the result is.
set -eu

.venv/bin/bigflow workflows show daily
.venv/bin/bigflow run -w daily
echo
echo "The result, to be opened in a browser: build/out/report.html"
