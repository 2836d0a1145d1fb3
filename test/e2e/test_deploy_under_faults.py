"""Each request of a deploy to bucket and registry fails in turn; after the next command all is old, or all is new."""

import sys
from pathlib import Path

import pytest
from support.deploy_faults import NEW, WAYS, each_request_fails, scene
from support.flawed_registry import status

from bigflow.errors import OutsideError


def test_never_in_between_and_never_a_dag_without_its_image(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = each_request_fails(tmp_path)
    with capsys.disabled():
        sys.stdout.write(f"\n{outcomes.points} fault points: {outcomes.old} old, {outcomes.new} new\n")
    assert outcomes.broken == []
    assert outcomes.old + outcomes.new == outcomes.points
    assert outcomes.points >= 20 * len(WAYS)
    assert outcomes.old
    assert outcomes.new


def test_without_the_right_to_push_nothing_is_deployed(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        old = here.dags()
        for method in ("POST", "PUT"):
            here.registry.fails(method, "", status(403, b'{"errors":[{"message":"denied"}]}'), times=99)
        with pytest.raises(OutsideError, match="does not allow"):
            here.deploy(NEW)
        assert here.wrong((old,)) == ""


@pytest.mark.parametrize("point", [0, 1, 4, 6])
def test_a_token_that_has_ended_and_cannot_be_renewed(tmp_path: Path, point: int) -> None:
    """It ends before the deploy, or in the middle of it: then nobody can undo it, until somebody has logged in."""
    with scene(tmp_path) as here:
        old = here.dags()
        bucket, _ = here.proxies
        first = len(bucket.requests)

        def ends(number: int, _method: str, _path: str) -> None:
            here.storage.tokens = {"another"} if number >= first + point else None

        bucket.plan = ends
        with pytest.raises(OutsideError, match="does not accept the credentials"):
            here.deploy(NEW)
        bucket.plan = lambda number, method, path: None
        here.storage.tokens = None
        here.next_command()
        assert here.wrong((old,)) == ""
