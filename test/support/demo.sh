#!/bin/sh
# The main job as far as it exists: draw the example's workflow, run it, build the project, show where the results are.
set -eu

.venv/bin/bigflow workflows show daily
.venv/bin/bigflow run -w daily
echo
.venv/bin/bigflow build
echo
echo "To be opened in a browser: build/out/report.html (what the run made), build/report.html (how the build went)"
