"""Turns a file into what a real browser makes of it: headless Chromium, spoken to over its own pipe."""

import json
import os
import shutil
import subprocess
import tempfile
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from select import select
from typing import TypeAlias

from support.needs import missing

Json: TypeAlias = dict[str, "Json"] | list["Json"] | str | int | float | bool | None
Told: TypeAlias = dict[str, Json]

PATIENCE = 60.0
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--hide-scrollbars",
    "--window-size=1280,900",
    "--remote-debugging-pipe",
)


@contextmanager
def opened(page: Path) -> Iterator["Tab"]:
    """The page in a browser that has nothing open beside it, and forgets everything."""
    chromium = next(filter(None, map(shutil.which, _NAMES)), None)
    if chromium is None:
        missing("a browser", "there is no Chromium on PATH")
    its_input, our_output = os.pipe()
    our_input, its_output = os.pipe()
    with tempfile.TemporaryDirectory(prefix="browser-", ignore_cleanup_errors=True) as profile:
        # It reads commands from 3 and answers on 4, whatever numbers the pipes have here.
        shell = f'exec "$0" "$@" 3<&{its_input} 4>&{its_output}'
        command = ["/bin/bash", "-c", shell, chromium, *_FLAGS, f"--user-data-dir={profile}", "about:blank"]
        process = subprocess.Popen(command, pass_fds=(its_input, its_output), stderr=subprocess.DEVNULL)
        os.close(its_input)
        os.close(its_output)
        try:
            tab = Tab(our_input, our_output)
            tab.load(page)
            yield tab
        finally:
            os.close(our_output)  # it leaves when nobody speaks to it any more
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            os.close(our_input)


class Tab:
    """One page. `complaints` are what its console got, `requests` what it loaded or tried to."""

    def __init__(self, our_input: int, our_output: int) -> None:
        self._in, self._out = our_input, our_output
        self._read = b""
        self._asked = 0
        self._session = ""
        self.complaints: list[str] = []
        self.requests: list[str] = []

    def load(self, page: Path) -> None:
        target = next(one for one in _list(self._ask("Target.getTargets")["targetInfos"]) if one["type"] == "page")
        attached = self._ask("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = str(attached["sessionId"])
        for domain in ("Page", "Network", "Runtime", "Log"):
            self._ask(f"{domain}.enable")
        self._ask("Page.navigate", url=page.as_uri())
        while self._next().get("method") != "Page.loadEventFired":
            pass

    def evaluate(self, script: str) -> Json:
        """The value of an expression in the page."""
        answer = self._ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return _dict(answer["result"]).get("value")

    def surroundings(self, scheme: str) -> None:
        """`light` or `dark`."""
        self._ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def width(self, pixels: int) -> None:
        """As if the window were that wide."""
        self._ask("Emulation.setDeviceMetricsOverride", width=pixels, height=900, deviceScaleFactor=1, mobile=False)

    def screenshot(self) -> bytes:
        """PNG of the whole page."""
        return b64decode(str(self._ask("Page.captureScreenshot", captureBeyondViewport=True)["data"]))

    def _ask(self, method: str, **parameters: Json) -> Told:
        self._asked += 1
        told: Told = {"id": self._asked, "method": method, "params": dict(parameters)}
        if self._session:
            told["sessionId"] = self._session
        os.write(self._out, json.dumps(told).encode() + b"\0")
        while (answer := self._next()).get("id") != self._asked:
            pass
        assert "error" not in answer, answer["error"]
        return _dict(answer["result"])

    def _next(self) -> Told:
        """The next answer or event; what concerns us of the latter is kept."""
        while b"\0" not in self._read:
            if not select([self._in], [], [], PATIENCE)[0]:
                raise TimeoutError("the browser says nothing")
            chunk = os.read(self._in, 1 << 20)
            if not chunk:
                raise ConnectionError("the browser has gone")
            self._read += chunk
        message, _, self._read = self._read.partition(b"\0")
        told: Told = json.loads(message)
        parameters = _dict(told.get("params", {}))
        if told.get("method") == "Network.requestWillBeSent":
            self.requests.append(str(_dict(parameters["request"])["url"]))
        elif told.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled"):
            self.complaints.append(json.dumps(parameters))
        return told


def _dict(value: Json) -> Told:
    assert isinstance(value, dict)
    return value


def _list(value: Json) -> list[Told]:
    assert isinstance(value, list)
    return [_dict(one) for one in value]
