from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def bare_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable and no file of the machine that runs the tests has a say."""
    import os

    for name in [name for name in os.environ if name.lower().startswith(("bf_", "kubernetes_"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
