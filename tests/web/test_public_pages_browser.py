"""The pages in a real browser, with and without JavaScript.

Axe and the HTML checker find nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from publisher.membership.embed_form import plain_form
from publisher.subscribers.models import Cadence, SubscriberState
from tests.conftest import ROOT
from tests.newsletter.screens import CHROMIUM
from tests.web.served import Served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Response

NODE = Path(os.environ.get("PUBLISHER_TEST_NODE", ROOT / ".venv" / "npm" / "node_modules"))
AXE, VNU = NODE / "axe-core" / "axe.min.js", NODE / "vnu-jar" / "build" / "dist" / "vnu.jar"
ADA = "ada@example.org"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (Debian: apt install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield started
        started.close()


def _walk(page: Page, served: Served) -> Iterator[str]:
    """Go the whole way as a reader does; give the name of each page when it is there."""
    page.goto(f"{served.base}/")
    yield "subscribe"
    served.later(seconds=5)
    page.fill("#email", "ada@example")
    page.evaluate("document.querySelector('form').noValidate = true")
    page.click("button")
    page.wait_for_selector("[role=alert]")
    yield "wrong address"
    page.fill("#email", ADA)
    page.check("input[value=daily]")
    page.click("button")
    yield "check your inbox"
    served.mail_thread.work()
    page.goto(served.base + served.link(served.letters_to(ADA)[-1], "confirm"))
    yield "confirm"
    page.click("button")
    yield "welcome"
    page.click("a.button")
    yield "preferences"
    page.check("input[value=monthly]")
    page.click("button")
    yield "saved"
    page.click("text=Leave the list")
    yield "unsubscribe"
    page.click("text=Leave the list")
    yield "goodbye"
    page.goto(f"{served.base}/nothing")
    yield "error"


@pytest.mark.parametrize("script", ["with JavaScript", "without JavaScript"])
def test_a_reader_goes_the_whole_way(browser: Browser, here: Served, script: str) -> None:
    """Subscribe, confirm, another cadence, leave."""
    context = browser.new_context(java_script_enabled=script.startswith("with "))
    page = context.new_page()
    page.goto(f"{here.base}/")
    here.later(seconds=5)
    page.fill("#email", ADA)
    page.check("input[value=daily]")
    page.click("button")
    here.mail_thread.work()
    page.goto(here.base + here.link(here.letters_to(ADA)[-1], "confirm"))
    page.click("button")
    assert page.inner_text("h1") == "You are in"
    page.click("a.button")
    page.check("input[value=monthly]")
    page.click("button")
    assert page.inner_text("[role=status]") == "Saved."
    person = here.person(ADA)
    assert person is not None
    assert (person.state, person.preferences.cadence) == (SubscriberState.ACTIVE, Cadence.MONTHLY)
    page.click("text=Leave the list")
    page.click("button >> text=Leave the list")
    gone = here.person(ADA)
    assert gone is not None
    assert gone.state is SubscriberState.UNSUBSCRIBED
    assert context.cookies() == []
    context.close()


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Served]:
    """A served site whose own address is where it listens, so that a browser can follow it."""
    with _at_its_own_address(tmp_path) as site:
        yield site


def _at_its_own_address(folder: Path, more: str = "") -> Served:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    served = Served(folder, more=more)
    text = (
        served.site.config_file.read_text()
        .replace("https://news.example.org", f"http://127.0.0.1:{port}")
        .replace("port = 0", f"port = {port}")
    )
    served.site.config_file.write_text(text)
    served.pattern = rf"http://127\.0\.0\.1:{port}(/[^\s\"<]*)"
    return served


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(browser: Browser, here: Served, scheme: str) -> None:
    """WCAG 2.2 A and AA and axe's best practices, narrow and wide."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed (npm install --prefix .venv/npm axe-core)")
    context = browser.new_context(color_scheme=scheme, viewport={"width": 320, "height": 640})  # type: ignore[arg-type]
    page = context.new_page()
    seen = []
    for name in _walk(page, here):
        page.evaluate(AXE.read_text("utf-8"))
        found = page.evaluate("axe.run(document)")
        assert found["violations"] == [], (name, json.dumps(found["violations"], indent=1)[:3000])
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, (
            f"{name} is wider than the screen"
        )
        seen.append(name)
    assert len(seen) == 10
    context.close()


def test_the_html_checker_finds_no_error(browser: Browser, here: Served, tmp_path: Path) -> None:
    """vnu, on every page."""
    if not VNU.exists() or shutil.which("java") is None:
        pytest.skip(
            "vnu is not installed (npm install --prefix .venv/npm vnu-jar; apt install"
            " default-jre-headless)"
        )
    context = browser.new_context()
    page = context.new_page()
    answers: list[Response] = []

    def note(answer: Response) -> None:
        answers.append(answer)

    page.on("response", note)
    bodies = []
    for _ in _walk(page, here):
        page.wait_for_load_state()
        bodies.append(
            next(
                answer
                for answer in reversed(answers)
                if "text/html" in answer.headers.get("content-type", "")
            ).text()
        )
    assert len(bodies) == 10
    folder = tmp_path / "pages"
    folder.mkdir()
    for number, body in enumerate(bodies):
        (folder / f"{number}.html").write_text(body, "utf-8")
    done = subprocess.run(
        ["java", "-jar", VNU, "--errors-only", folder], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    context.close()


def test_the_plain_form_works_from_another_origin(browser: Browser, tmp_path: Path) -> None:
    """``publisher subscribers form`` on somebody's static page.

    No script, back to where ``next`` says.
    """

    class Page(BaseHTTPRequestHandler):
        body = b""

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(
                b"<!doctype html><title>Other</title><h1>Thanks</h1>"
                if self.path == "/thanks"
                else self.body
            )

        def log_message(self, *_: object) -> None:
            pass

    other = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=other.serve_forever, daemon=True).start()
    origin = f"http://127.0.0.1:{other.server_port}"
    with _at_its_own_address(tmp_path, f'origins = ["{origin}"]\n') as served:
        form = plain_form(f"{served.base}/subscribe", "Yes, please.", f"{origin}/thanks")
        assert "<script" not in form
        Page.body = f"<!doctype html><title>Other</title>{form}".encode()
        context = browser.new_context()
        page = context.new_page()
        page.goto(origin)
        page.fill("input[name=email]", ADA)
        page.select_option("select", "weekly")
        page.click("button")
        page.wait_for_url(f"{origin}/thanks")
        served.mail_thread.work()
        person = served.person(ADA)
        assert person is not None
        assert person.preferences.cadence is Cadence.WEEKLY
        assert [event.source for event in served.history(ADA)] == ["other site"]
        context.close()
    other.shutdown()
    other.server_close()
