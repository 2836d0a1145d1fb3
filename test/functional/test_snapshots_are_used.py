"""A snapshot that no test reads would go on promising what nobody checks."""

from pathlib import Path

from support.snapshots import unused

FOLDER = Path(__file__).parent / "snapshots"


def test_every_snapshot_belongs_to_a_test(expected_snapshots: set[Path]) -> None:
    collected = {path.parent for path in expected_snapshots}
    modules = {path.stem for path in FOLDER.parent.glob("test_*.py")}
    left_over = [
        path
        for path in unused(FOLDER, expected_snapshots)
        if path.parent in collected or path.parent.name not in modules
    ]
    assert left_over == []
