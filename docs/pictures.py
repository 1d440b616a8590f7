"""Take the pictures of the docs: the newsletter of the demo, on a desktop and on a phone at night.

Run ``make demo`` first; needs Chromium (Debian: apt install chromium).
"""

from __future__ import annotations

import shutil
from pathlib import Path

from playwright.sync_api import Route, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
SHOTS = (("newsletter-light.png", 600, "light"), ("newsletter-dark.png", 375, "dark"))


def _own_picture(route: Route) -> None:
    """Answer with the file of the posts folder; nothing is fetched."""
    found = ROOT / "posts" / "images" / route.request.url.rpartition("/")[2]
    route.fulfill(path=found) if found.is_file() else route.abort()


def take() -> None:
    """Write the pictures."""
    (issue,) = (ROOT / "demo" / "newsletters").glob("*everything-at-once/issue.html")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for name, width, scheme in SHOTS:
            page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
            page.route("**/*", _own_picture)
            page.set_content(issue.read_text("utf-8"))
            page.screenshot(path=IMAGES / name, full_page=True)
        browser.close()


if __name__ == "__main__":
    take()
