"""A real browser on a served app: its own runs, both languages, light and dark, wide and narrow.

A test asks for `visit` and says where to go; what the browser complains about fails the test.
Pictures are kept in the folder that DUNNING_SCREENSHOTS names, else in pytest's own.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
#: What the server's own page asks for below a direct visit, and does not find.
KNOWN = re.compile(r"/[a-z]+/_stcore/(health|host-config)$")
TINY = (
    "--accounts", "60", "--days", "20", "--set", "book.pool=100", "--jobs", "1",
    "--strategies", "phone_only,process,do_nothing",
)  # fmt: skip
WAIT = 60_000  #: milliseconds; two cores may be busy


@pytest.hookimpl(tryfirst=True)  # before the names are read by which tests are dealt out
def pytest_collection_modifyitems(items):
    """Keep what shares a browser and a server in one process."""
    for item in items:
        if "tests/browser" in str(item.path).replace(os.sep, "/"):
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def chromium() -> str:
    found = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if found is None:
        line = "NO CHROMIUM: the browser tests did not run; install the package `chromium`"
        if os.environ.get("DUNNING_BROWSER"):
            pytest.fail(line)
        print(line, file=sys.__stderr__)
        pytest.skip(line)
    return found


@pytest.fixture(scope="session")
def browser(chromium):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield launched
        launched.close()


@dataclass
class Served:
    """A served app: its address, its folder of runs, its process."""

    url: str
    runs: Path
    process: subprocess.Popen[bytes]

    def play(self, *words: str, name: str = "20260101-000000-tiny") -> str:
        """Play a tiny comparison into the store, outside the app; return its name."""
        command = [sys.executable, "-m", "sim", "compare", "weilidai", *TINY, *words]
        command += ["--out", str(self.runs / name)]
        subprocess.run(
            command, cwd=ROOT, check=True, capture_output=True, env=surroundings(self.runs)
        )
        return name


def surroundings(runs: Path) -> dict[str, str]:
    return os.environ | {"DUNNING_RUNS": str(runs), "PYTHONPATH": str(ROOT)}


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def serve(runs: Path) -> Iterator[Served]:
    port, log = free_port(), (runs / "app.log").open("wb")
    words = [sys.executable, "-m", "sim", "app", "--port", str(port), "--no-browser", "--no-run"]
    process = subprocess.Popen(words, cwd=runs, env=surroundings(runs), stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: urllib.request.urlopen(f"{url}/_stcore/health", timeout=2).status == 200)
        yield Served(url, runs, process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        log.close()


def until(holds: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until something holds; an error counts as not yet."""
    end = time.monotonic() + seconds
    while True:
        try:
            if holds():
                return
        except OSError:
            pass
        assert time.monotonic() < end, "it never came to hold"
        time.sleep(0.2)


@pytest.fixture(scope="session")
def served(chromium, tmp_path_factory) -> Iterator[Served]:
    """An app with one stored run of five replications; shared, so tests leave that run alone."""
    folder = tmp_path_factory.mktemp("runs")
    for one in serve(folder):
        one.play("--replications", "5")
        yield one


@pytest.fixture
def own_app(chromium, tmp_path) -> Iterator[Served]:
    """An app of the test's own, with no run stored."""
    yield from serve(tmp_path)


@dataclass
class Visitor:
    """One reader: their page, and what their browser complained about."""

    page: Any
    url: str
    complaints: list[str] = field(default_factory=list)
    abroad: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """Open a page of the app and wait until it stands still."""
        self.page.goto(self.url + path)
        self.settle()

    def settle(self) -> None:
        """Wait until the page has a title and nothing of it is still being made."""
        self.page.wait_for_selector("h1", timeout=WAIT)
        self.page.wait_for_selector(
            "[data-testid=stApp][data-test-script-state=notRunning]", timeout=WAIT
        )

    def sees(self, text: str) -> None:
        """Wait until a text is on the page."""
        self.page.get_by_text(text).first.wait_for(timeout=WAIT)

    def widget(self, key: str) -> Any:
        """Return what a widget is made of; `get_by_label` finds the help button instead."""
        return self.page.locator(f".st-key-{key}").first

    def press(self, key: str) -> None:
        """Press a button."""
        self.widget(key).locator("button").first.click(timeout=WAIT)

    def choose(self, key: str, label: str) -> None:
        """Choose in a row of buttons."""
        self.widget(key).get_by_role("radio", name=label).or_(
            self.widget(key).get_by_role("button", name=label)
        ).first.click(timeout=WAIT)

    def text(self) -> str:
        """Return all that can be read on the page."""
        return str(self.page.locator("[data-testid=stApp]").inner_text())

    def fits(self) -> bool:
        """Tell whether nothing sticks out to the right."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))

    def figure(self, key: str) -> Any:
        """Return the data of a chart as drawn."""
        return self.page.evaluate(f"document.querySelector('.st-key-{key} .js-plotly-plot').data")

    def keep(self, name: str, most: int = 6000) -> None:
        """Keep a picture of the whole page, down to *most* pixels."""
        folder = Path(os.environ.get("DUNNING_SCREENSHOTS", ROOT / ".pytest_cache" / "screenshots"))
        folder.mkdir(parents=True, exist_ok=True)
        main = "document.querySelector('[data-testid=stMain]')"
        height = self.page.evaluate(f"Math.max(innerHeight, {main}?.scrollHeight ?? 0)")
        size = self.page.viewport_size
        self.page.set_viewport_size({"width": size["width"], "height": min(int(height), most)})
        self.page.wait_for_timeout(300)
        self.page.screenshot(path=str(folder / f"{name}.png"))
        self.page.set_viewport_size(size)


Visit = Callable[..., Visitor]


@pytest.fixture
def visit(browser) -> Iterator[Visit]:
    """Return a function that opens the app as one more reader."""
    readers: list[tuple[Any, Visitor]] = []

    def come(
        served: Served,
        path: str = "/compare",
        *,
        lang: str = "en",
        dark: bool = False,
        width: int = 1280,
    ) -> Visitor:
        context = browser.new_context(
            locale={"en": "en-US", "zh": "zh-CN"}[lang], color_scheme="dark" if dark else "light",
            viewport={"width": width, "height": 900}, accept_downloads=True,
        )  # fmt: skip
        reader = Visitor(context.new_page(), served.url)
        watch(reader)
        readers.append((context, reader))
        reader.go(path)
        return reader

    yield come
    complaints = [line for _, reader in readers for line in (*reader.complaints, *reader.abroad)]
    for context, _ in readers:
        context.close()
    assert not complaints, "\n".join(complaints)


def watch(reader: Visitor) -> None:
    """Note errors on the console, and every request that leaves this machine."""

    def console(message: Any) -> None:
        where = message.location.get("url", "")
        if message.type == "error" and not KNOWN.search(where):
            reader.complaints.append(f"console: {message.text} ({where})")

    def request(asked: Any) -> None:
        if not re.match(r"(https?|wss?)://127\.0\.0\.1[:/]|data:|blob:", asked.url):
            reader.abroad.append(f"left this machine: {asked.url}")

    reader.page.on("console", console)
    reader.page.on("pageerror", lambda error: reader.complaints.append(f"page: {error}"))
    reader.page.on("request", request)
