"""A plugin of pytest: turns the tests that are on their way into a file that names them, should pytest not survive."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: "pytest.Parser") -> None:
    parser.addoption("--bigflow-running", metavar="FILE", help="where to name the tests that are running")


def pytest_configure(config: "pytest.Config") -> None:
    path = config.getoption("--bigflow-running")
    if path and not hasattr(config, "workerinput"):  # of several processes (pytest-xdist) only the first sees all tests
        config.pluginmanager.register(_Witness(path))


class _Witness:
    def __init__(self, path: str) -> None:
        self._path = path
        self._running: list[str] = []

    def pytest_collectstart(self, collector: "pytest.Collector") -> None:
        """A module that is imported can hang or crash as well as a test."""
        self._running = [collector.nodeid]
        self._tell()

    def pytest_collection_finish(self) -> None:
        self._running = []
        self._tell()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._running.append(nodeid)
        self._tell()

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self._running = [one for one in self._running if one != nodeid]
        self._tell()

    def _tell(self) -> None:
        with open(self._path, "w", encoding="utf-8") as file:
            file.write("\n".join(self._running))
