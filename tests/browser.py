"""Chromium without a window, driven over the WebDriver protocol by what Python itself brings."""

import json
import shutil
import socket
import subprocess
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

PROGRAMS = ("chromium", "chromedriver")  # Debian's packages chromium and chromium-driver
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--mute-audio",
    "--autoplay-policy=no-user-gesture-required",
)
SECONDS = 60.0
KEYS = {"ArrowLeft": "\ue012", "ArrowRight": "\ue014", "Escape": "\ue00c", "Enter": "\ue007"}


def why_none() -> str | None:
    """Why there is no browser here; None where there is one."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    return f"{' and '.join(missing)} not installed (Debian: chromium, chromium-driver)" if missing else None


class Browser:
    """One window; what a page logs as an error is kept."""

    def __init__(self, address: str, downloads: Path):
        """Begin a session with the driver that listens at an address."""
        self._address, self.downloads = address, downloads
        self._send = build_opener(ProxyHandler({})).open
        options = {
            "binary": shutil.which("chromium"),
            "args": [*FLAGS, f"--user-data-dir={downloads / 'profile'}"],
            "prefs": {"download.default_directory": str(downloads)},
        }
        always = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        value = self._post("/session", {"capabilities": {"alwaysMatch": always}})
        self._session = f"/session/{value['sessionId']}"

    def open(self, page: Path, *, width: int, height: int = 900, is_dark: bool = False) -> None:
        """Show a page in a window of so many pixels; below 600 it is a phone's."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        scheme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
        self._devtools("Emulation.setDeviceMetricsOverride", metrics)
        self._devtools("Emulation.setEmulatedMedia", {"features": [scheme]})
        self._post(f"{self._session}/url", {"url": page.absolute().as_uri()})

    def run(self, script: str, *arguments: Any) -> Any:
        """What a script returns; a promise's value once it is kept."""
        return self._post(f"{self._session}/execute/sync", {"script": script, "args": list(arguments)})

    def await_true(self, script: str) -> None:
        """Wait until an expression is true."""
        deadline = time.monotonic() + SECONDS
        while not self.run(f"return Boolean({script})"):
            assert time.monotonic() < deadline, f"never true: {script}"
            time.sleep(0.05)

    def await_file(self, path: Path) -> None:
        """Wait until a file is downloaded."""
        deadline = time.monotonic() + SECONDS
        while not path.exists():
            assert time.monotonic() < deadline, f"never there: {path}"
            time.sleep(0.05)

    def press(self, *keys: str) -> None:
        """Type keys, one after another, at what has the focus."""
        strokes = [
            {"type": kind, "value": KEYS.get(key, key)} for key in keys for kind in ("keyDown", "keyUp")
        ]
        actions = [{"type": "key", "id": "keyboard", "actions": strokes}]
        self._post(f"{self._session}/actions", {"actions": actions})

    def screenshot(self, path: Path) -> Path:
        """Write what is seen as PNG."""
        shot = self._devtools("Page.captureScreenshot", {"captureBeyondViewport": False})
        path.write_bytes(b64decode(shot["data"]))
        return path

    def errors(self) -> list[str]:
        """What was logged as an error or a warning since the last call."""
        logged = self._post(f"{self._session}/se/log", {"type": "browser"})
        return [entry["message"] for entry in logged if entry["level"] in ("SEVERE", "WARNING")]

    def close(self) -> None:
        """End the browser."""
        self._request("DELETE", self._session, None)

    def _devtools(self, command: str, parameters: dict) -> Any:
        body = {"cmd": command, "params": parameters}
        return self._post(f"{self._session}/goog/cdp/execute", body)

    def _post(self, place: str, body: dict) -> Any:
        return self._request("POST", place, body)

    def _request(self, method: str, place: str, body: dict | None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        request = Request(self._address + place, content, {"Content-Type": "application/json"}, method=method)
        with self._send(request, timeout=SECONDS) as answer:
            return json.load(answer)["value"]


@contextmanager
def browsing(directory: Path) -> Iterator[Browser]:
    """A browser of a new, empty profile in a folder, which also takes what it downloads."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    driver = subprocess.Popen(
        ["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _await_port(port, driver)
        browser = Browser(f"http://127.0.0.1:{port}", directory)
        yield browser
        browser.close()
    finally:
        driver.terminate()
        driver.wait(timeout=10)


def _await_port(port: int, driver: subprocess.Popen) -> None:
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert driver.poll() is None, "chromedriver did not start"
            assert time.monotonic() < deadline, "chromedriver does not answer"
            time.sleep(0.05)
