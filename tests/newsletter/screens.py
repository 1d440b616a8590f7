"""Measures mails in Chromium as phones and desktops show them.

What is too wide, and what cannot be read.

A batch of mails stands on one page, each in a frame of its own: a frame's width is what its media
queries see.
"""

from __future__ import annotations

import re
import shutil
import struct
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lxml import html as lxml_html

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from playwright.sync_api import Browser, Page

CHROMIUM = next(
    (
        path
        for name in ("chromium", "chromium-browser", "google-chrome")
        if (path := shutil.which(name))
    ),
    None,
)
WIDTHS = (320, 375, 600)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
BATCH = 24

IGNORED_BY_WORD = frozenset({
    "border-radius", "max-height", "max-width", "min-height", "min-width", "opacity",
    "overflow-wrap", "word-break",
})  # fmt: skip
"""What Outlook for Windows does nothing with (caniemail.com, read 2026-06-29). Each of its
paragraphs wraps in its cell, whose width it is told: ``white-space``, ``overflow`` and
``table-layout`` are left, which stand for that here."""


def png(width: int, height: int) -> bytes:
    """Make a picture of one grey (PNG, 3rd edition, 5: signature, then chunks)."""
    rows = b"".join(b"\0" + b"\x80" * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


PICTURE = png(1600, 400)
"""What every address of a picture answers: wider than any screen here."""

MEASURE = """frames => {
  const luminance = c => {
    const [r, g, b] = c.map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const told = [];
  for (const frame of document.querySelectorAll('iframe')) {
    const page = frame.contentDocument, view = frame.contentWindow;
    const wide = page.documentElement.scrollWidth - frame.clientWidth;
    const culprits = [];
    if (wide > 0) {
      const words = page.createTreeWalker(
        page.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
      const range = page.createRange();
      for (let node; (node = words.nextNode());) {
        range.selectNode(node);
        if (node.children ? node.children.length
          : (node.parentElement.closest('pre, .scrolls') || !node.data.trim())) continue;
        if ([...range.getClientRects()].some(r => r.right > frame.clientWidth + 0.5)) {
          culprits.push(node.outerHTML || node.data);
        }
      }
      culprits.forEach((text, at) => { culprits[at] = text.slice(0, 160); });
    }
    const backgrounds = new Map();
    const background = element => {
      if (!element) return [255, 255, 255];
      if (!backgrounds.has(element)) {
        const own = parse(view.getComputedStyle(element).backgroundColor);
        backgrounds.set(element, own.length > 3 && own[3] === 0
          ? background(element.parentElement) : own.slice(0, 3));
      }
      return backgrounds.get(element);
    };
    const faint = [];
    const seen = new Set();
    const walker = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
    for (let node; (node = walker.nextNode());) {
      const parent = node.parentElement;
      if (!node.data.trim() || seen.has(parent)) continue;
      seen.add(parent);
      if (!parent.getClientRects().length) continue;
      const over = luminance(parse(view.getComputedStyle(parent).color).slice(0, 3));
      const under = luminance(background(parent));
      const contrast = (Math.max(over, under) + 0.05) / (Math.min(over, under) + 0.05);
      if (contrast < 4.5) faint.push(`${contrast.toFixed(2)} ${parent.outerHTML.slice(0, 160)}`);
    }
    told.push([frame.title, wide, culprits.slice(-3), faint.slice(0, 3)]);
  }
  return told;
}"""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one mail on one screen."""

    mail: str
    screen: str
    found: str


def whole(html: str) -> str:
    """Return the mail as clients show it that know everything."""
    return html


def without_style(html: str) -> str:
    """Return the mail as GMX, web.de and Gmail's apps show it for other providers' accounts.

    No style block.
    """
    root = lxml_html.document_fromstring(html)
    for style in list(root.iter("style")):
        style.drop_tree()
    return _text(root)


def in_word(html: str) -> str:
    """Return the mail without what Outlook for Windows drops.

    It knows no media query, and padding of cells only.

    Lists keep theirs: Word sets them in by itself.
    """
    root = lxml_html.document_fromstring(html)
    for style in root.iter("style"):
        style.text = re.sub(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", style.text or "")
    for element in root.xpath("//*[@style]"):
        kept = []
        for declaration in element.get("style").split(";"):
            name = declaration.partition(":")[0].strip().lower()
            padded = name.startswith("padding") and element.tag not in {"td", "th", "ul", "ol"}
            if name and name not in IGNORED_BY_WORD and not padded:
                kept.append(declaration)
        element.set("style", ";".join(kept))
    return _text(root)


VARIANTS = {"whole": whole, "without style": without_style, "in Word": in_word}


def _text(root: lxml_html.HtmlElement) -> str:
    text: str = lxml_html.tostring(root, encoding="unicode", doctype="<!doctype html>")
    return text


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Debian's Chromium; it asks no network for anything."""
    from playwright.sync_api import sync_playwright

    assert CHROMIUM is not None
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield started
        started.close()


def faults_of(browser: Browser, mails: Mapping[str, str]) -> list[Fault]:
    """Return what is wrong with these mails, by name, on every screen and in every variant."""
    page = browser.new_page()
    page.route("**/*", lambda route: route.fulfill(body=PICTURE, content_type="image/png"))
    names = list(mails)
    faults: list[Fault] = []
    for start in range(0, len(names), BATCH):
        for variant, change in VARIANTS.items():
            batch = {name: change(mails[name]) for name in names[start : start + BATCH]}
            faults += _faults_of_batch(page, batch, variant)
    page.close()
    return faults


def _faults_of_batch(page: Page, batch: Mapping[str, str], variant: str) -> Iterator[Fault]:
    page.set_content(
        "<!doctype html><style>iframe { display: block; border: 0; height: 900px }</style>"
    )
    page.evaluate(
        """async mails => {
          await Promise.all(mails.map(([name, html]) => new Promise(done => {
            const frame = document.createElement('iframe');
            frame.title = name; frame.srcdoc = html; frame.onload = done;
            document.body.append(frame);
          })));
        }""",
        list(batch.items()),
    )
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        for width in WIDTHS:
            page.set_viewport_size({"width": width + 20, "height": 900})
            page.evaluate(
                "width => document.querySelectorAll('iframe').forEach(f => f.style.width = width +"
                " 'px')",
                width,
            )
            told: Sequence[tuple[str, int, list[str], list[str]]] = page.evaluate(MEASURE)
            for name, wide, culprits, faint in told:
                screen = f"{width} {scheme}, {variant}"
                if wide > 0:
                    yield Fault(name, screen, f"{wide} px too wide: {culprits}")
                if faint:
                    yield Fault(name, screen, f"cannot be read: {faint}")
