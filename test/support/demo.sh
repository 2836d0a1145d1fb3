#!/bin/sh
# The main job as far as it exists: draw the example's workflow, run it, show where the result is.
set -eu

.venv/bin/bigflow workflows show daily
.venv/bin/bigflow run -w daily
report=$(find build/out -name report.html -newer .venv/.ready | head -n 1)
echo
echo "The result: $report"
