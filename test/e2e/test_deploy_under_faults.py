"""Each request of a deploy to bucket and registry fails in turn; after the next command all is old, or all is new."""

import sys
from pathlib import Path

import pytest
from support.deploy_faults import WAYS, each_request_fails


def test_never_in_between_and_never_a_dag_without_its_image(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = each_request_fails(tmp_path)
    with capsys.disabled():
        sys.stdout.write(f"\n{outcomes.points} fault points: {outcomes.old} old, {outcomes.new} new\n")
    assert outcomes.broken == []
    assert outcomes.old + outcomes.new == outcomes.points
    assert outcomes.points >= 20 * len(WAYS)
    assert outcomes.old
    assert outcomes.new
