#!/usr/bin/python3
"""Opens a file in headless Chromium and evaluates JavaScript in it.

    browser.py [--dark] [--size WIDTHxHEIGHT] [--picture FILE.png] [--pdf FILE.pdf] [--no-script] PAGE EXPRESSION...

Prints one line of JSON: {"opened_s": ..., "values": [...], "console": [...], "requests": [...]}. `opened_s` is from the
request for the page to what it does when it has loaded; `console` has errors, exceptions and what its policy refused;
`requests` is every URL but the page's own and data: ones. An expression may be a promise. Chromium is driven through
--remote-debugging-pipe: it reads from descriptor 3 and writes to 4. Its state is in a temporary folder. It has no
sandbox of its own, which root cannot give it: open only files of the tests.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

LIMIT_S = 300


class Browser:
    """A Chromium with one page; messages are JSON, each ended by a NUL."""

    def __init__(self, folder: str, options: list[str]) -> None:
        read_commands, self.commands = os.pipe()
        self.answers, write_answers = os.pipe()
        self.unread = b""
        self.number = 0
        self.events: list[dict[str, Any]] = []
        self.session = ""
        words = ["timeout", "--kill-after=10", str(LIMIT_S), "chromium", "--headless=new", "--no-sandbox", "--disable-gpu",
                 "--no-first-run", "--disable-extensions", "--disable-background-networking", "--disable-dev-shm-usage",
                 "--remote-debugging-pipe", f"--user-data-dir={folder}", *options, "about:blank"]
        # dup2 clears close-on-exec; bash, not sh: the numbers may have two digits.
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec 63<&{read_commands} 64>&{write_answers} 3<&63 4>&64; exec "$@"', "bash", *words],
            pass_fds=(read_commands, write_answers), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env={**os.environ, "HOME": folder})
        os.close(read_commands)
        os.close(write_answers)
        targets = self.ask("Target.getTargets")["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        self.session = self.ask("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]

    def receive(self) -> dict[str, Any]:
        while b"\0" not in self.unread:
            read = os.read(self.answers, 1 << 20)
            if not read:
                raise SystemExit("browser.py: chromium ended")
            self.unread += read
        message, _, self.unread = self.unread.partition(b"\0")
        return json.loads(message)

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise SystemExit(f"browser.py: {method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def wait_for(self, method: str) -> None:
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.receive())

    def evaluate(self, expression: str) -> Any:
        answer = self.ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True, userGesture=True)
        if "exceptionDetails" in answer:
            raise SystemExit(f"browser.py: {expression}: {answer['result'].get('description')}")
        return answer["result"].get("value")

    def close(self) -> None:
        self.session = ""
        self.ask("Browser.close")
        os.close(self.commands)
        self.process.wait()


def complaints(events: list[dict[str, Any]]) -> list[str]:
    """Errors and warnings in the console, exceptions, and what the page's policy refused."""
    found = []
    for event in events:
        parameters = event.get("params", {})
        if event.get("method") == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            found.append(details.get("exception", {}).get("description") or details["text"])
        elif event.get("method") == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
            found.append(str([argument.get("value") for argument in parameters["args"]]))
        elif event.get("method") == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            found.append(parameters["entry"]["text"])
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--size", default="1400x1000")
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--pdf", type=Path)
    parser.add_argument("--no-script", action="store_true")
    parser.add_argument("page", type=Path)
    parser.add_argument("expressions", nargs="*")
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    url = options.page.resolve().as_uri()
    with tempfile.TemporaryDirectory(prefix="memcg-run-browser-", ignore_cleanup_errors=True) as folder:
        browser = Browser(folder, [f"--window-size={width},{height}"])
        for domain in ("Page", "Runtime", "Log", "Network"):
            browser.ask(f"{domain}.enable")
        browser.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        browser.ask("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if options.dark else "light"}])
        browser.ask("Emulation.setScriptExecutionDisabled", value=options.no_script)
        begun = time.monotonic()
        browser.ask("Page.navigate", url=url)
        browser.wait_for("Page.loadEventFired")
        opened_s = time.monotonic() - begun
        values = [browser.evaluate(expression) for expression in options.expressions]
        if options.picture:
            options.picture.write_bytes(base64.b64decode(
                browser.ask("Page.captureScreenshot", captureBeyondViewport=True)["data"]))
        if options.pdf:
            options.pdf.write_bytes(base64.b64decode(browser.ask("Page.printToPDF")["data"]))
        requests = [event["params"]["request"]["url"] for event in browser.events
                    if event.get("method") == "Network.requestWillBeSent"]
        browser.close()
    print(json.dumps({
        "opened_s": opened_s, "values": values, "console": complaints(browser.events),
        "requests": [request for request in requests if request != url and not request.startswith("data:")]}))


if __name__ == "__main__":
    main()
