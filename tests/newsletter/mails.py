"""Mails made of real posts, of small hard ones, and those that a site writes to one person."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from publisher.mail.operator_alerts import compose_alert
from publisher.mail.transactional import TransactionalMail, compose_transactional
from publisher.markup.models import Markup
from publisher.markup.render import render
from publisher.newsletter.layout import compose_digest, compose_post
from publisher.newsletter.models import Branding
from publisher.posts.models import Author, Entry, NewsletterSwitch, SourceFile
from publisher.posts.parser import PostParser
from publisher.posts.permalinks import AddressRules
from publisher.system.files import FileStat
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ZONE = ZoneInfo("Europe/Stockholm")
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ENVIRONMENT = Environment(
    loader=FileSystemLoader(ROOT / "templates"),
    autoescape=select_autoescape(["html"], default=False),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
BRANDING = Branding(
    f"Letters of the {LONG}",
    "The site",
    "https://example.org",
    "en",
    "Mira Ökafor <mail@example.org>",
    postal_address=(
        f"Pier 3, {LONG},"
        " https://example.org/a/very/long/address/that/has/no/end/at/all/and/goes/on"
    ),
    intro=f"<p>Hello {LONG}</p>",
)
PATTERNS = {
    "eleventy": "eleventy", "hugo": "hugo", "jekyll": "jekyll", "pelican": "pelican",
    "seed": "wordpress",
    "wordpress": "wordpress",
}  # fmt: skip
"""Each corpus and the preset of its generator."""

URL = "https://example.org/" + "a-very-long-segment-of-an-address/" * 4
CODE = "$ " + "curl --header 'X: 1' " * 6 + "q" * 90
HARD = {
    "a long title": f"# {LONG}\n\nWords.",
    "an address as its own link text": f"See <{URL}> and [{URL}]({URL}), bare: {URL}",
    "long names in prose": (
        f"Call `{'very_long_function_name_' * 3}()` or **{'NSManagedObjectContext' * 2}** or"
        f" {LONG}."
    ),
    "a name over several elements": f"<p>{'ab<b>cd</b><i>ef</i>' * 14} {'word&nbsp;' * 12}</p>",
    "bare pre": f"<pre>{CODE}</pre>",
    "pre of another highlighter": (
        '<pre style="background-color:#ffffff;color:#000000"><span'
        f' style="color:#000000">{CODE}</span></pre>'
    ),
    "headings and links in pre": (
        f'<pre><h2>{CODE}</h2><blockquote>said</blockquote><a href="{URL}">{CODE}</a></pre>'
    ),
    "code with a language": f"```python\ndef {'long_' * 20}(a):\n    return '{'x' * 80}'\n```",
    "many columns": (
        "| "
        + " | ".join(f"column{n}" for n in range(9))
        + " |\n|"
        + "---|" * 9
        + "\n| "
        + "value | " * 9
    ),
    "a long word in a table": f"| a | b |\n|---|---|\n| {LONG} | {URL} |",
    "a picture in a table": "| a | b |\n|---|---|\n| ![x](x.png) | ![y](y.png) |",
    "authors' colours": (
        '<p><span style="color:#000000">black</span> <span style="color:#0000ff">blue</span>'
        ' <span style="background-color:#ffff00;color:#eeeeee">pale</span></p>'
    ),
    "lists in lists": "- a\n  - b\n    - c\n      - d\n        - e\n          - " + LONG,
    "quotations in quotations": f"> > > > {LONG} ![x](x.png)",
    "terms": f"<dl><dt>{LONG}</dt><dd>{URL}</dd></dl>",
    "pictures": (
        '![wide](w.png) <img src="big.png" width="2400"> <img src="small.png" width="40"> text'
        " ![](a.png) ![](b.png)"
    ),
    "a caption": f'<figure><img src="x.png" width="900"><figcaption>{LONG}</figcaption></figure>',
    "marks and keys": (
        f"<p><mark>marked <a href='/x'>link</a></mark> <kbd>{'Ctrl+' * 12}A</kbd>"
        " <small>small</small> <s>gone</s></p>"
    ),
    "a line of dashes": "Words.\n\n" + "—" * 60 + "\n\n" + "=" * 90 + " " + "_" * 90,
    "Arabic and Hebrew": (
        "- "
        + "مرحبا " * 9
        + "\n  - مرحبا\n\n> مرحبا\n\n| مرحبا | مرحبا |\n|---|---|\n| مرحبا | مرحبا |\n\n<p>"
        + "مرحبابالعالم" * 8
        + " שלום "
        + "x" * 70
        + "</p>"
    ),
    "Chinese, Thai and emoji": (
        "<p>" + "漢字かな交じり文" * 20 + " " + "สวัสดีชาวโลก" * 10 + " " + "👩‍👩‍👧‍👦" * 30 + "</p>"
    ),
}
"""Bodies that were, or would be, too wide for a phone, or unreadable on dark."""


def entries_of(folder: Path, pattern: str) -> Iterator[Entry]:
    """Read and render every post of a corpus."""
    reader = PostParser(AddressRules("https://example.org", pattern), ZONE, can_read_rst=True)
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        name = path.relative_to(folder).as_posix()
        reading = reader.read(
            SourceFile(name.replace(".txt", ".md"), FileStat(0, 0, 0), path.read_bytes())
        )
        if reading.post is None:
            continue
        post = reading.post
        shown = render(reading.body, post.markup, base_url=post.url, path=name)
        yield Entry(
            id=post.url, url=post.url, page_url=post.url, title=post.title, published=NOW,
            updated=NOW,
            summary=post.summary or shown.summary, content=shown.html,
            authors=post.authors or (Author("Ada"),),
            language=post.language, image=post.image, enclosures=post.enclosures,
            path=f"{folder.name}/{name}",
        )  # fmt: skip


def issue_of(entry: Entry) -> str:
    """Compose the issue of one post."""
    return compose_post(
        entry, NewsletterSwitch(), BRANDING, ENVIRONMENT, content="full", zone=ZONE
    ).html


def entry_of(title: str, body: str, *, language: str | None = None) -> Entry:
    """Render a body as a post."""
    page = "https://example.org/a/"
    shown = render(body, Markup.MARKDOWN, base_url=page)
    return Entry(
        id=title, url=page, page_url=page, title=title, published=NOW, updated=NOW,
        summary=shown.summary, content=shown.html,
        language=language, path="a.md", image="https://example.org/cover.png",
        authors=(Author(LONG),),
    )  # fmt: skip


def hard_mails() -> dict[str, str]:
    """Compose an issue of every hard body, and a digest of all.

    A body whose name says so is in a language written from the right.
    """
    entries = [
        entry_of(name, body, language="ar" if "Arabic" in name else None)
        for name, body in HARD.items()
    ]
    entries[0] = entry_of(LONG, HARD["a long title"])
    digest = compose_digest(
        entries, BRANDING, ENVIRONMENT, name="This week", content="full", zone=ZONE, most=6
    )
    return {entry.title: issue_of(entry) for entry in entries} | {"a digest": digest.html}


def mails_of_corpora(corpus: Path, every: int = 1) -> dict[str, str]:
    """Compose an issue of every post (or every so many) of every corpus, and a digest of each."""
    mails: dict[str, str] = {}
    for name, pattern in PATTERNS.items():
        entries = list(entries_of(corpus / name, pattern))[::every]
        mails |= {entry.path: issue_of(entry) for entry in entries}
        digest = compose_digest(
            entries[:12],
            BRANDING,
            ENVIRONMENT,
            name="This week",
            content="full",
            zone=ZONE,
            most=8,
        )
        mails[f"digest of {name}"] = digest.html
    return mails


def letters() -> dict[str, str]:
    """Compose each mail to one person, and one to the operator."""
    url = "https://example.org/confirm/" + "t" * 120
    mails = {
        str(letter): compose_transactional(letter, BRANDING, ENVIRONMENT, url=url).html
        for letter in TransactionalMail
    }
    notice = compose_alert(
        f"Held: {LONG}", [f"The issue of {LONG} is held."],
        [f"publisher --config /srv/{LONG}/publisher.toml issues release 1"],
        BRANDING, ENVIRONMENT,
    )  # fmt: skip
    return mails | {"notice": notice.html}
