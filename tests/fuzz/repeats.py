"""Run in a process of its own.

``python -m tests.fuzz.repeats NAME`` feeds a function the pieces of hostile texts, over and over.

Each text is measured in processor time at one size and at four times that: linear work takes four
times as long, quadratic sixteen. The piece at work is printed first, so that whoever ended the
process knows which one would not end.
"""

from __future__ import annotations

import csv
import json
import resource
import sys
import time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE, TIMES = 6_000, 4
TOO_MUCH, NOTICEABLE = 9, 0.5
LIMIT = 300
"""Seconds of processor time for all pieces; one exponential pattern needs centuries."""
BASE = "https://example.org/a/"
PIECES = [
    "a", "a ", "a.", "a@b.", "a-", "a=", "a:", "a:aaa:", "0", "0 ", "1.", " ", "\t", "\n", " \n",
    "\n\n", "\r", "é", "\u200b", "\x00", "\ue000", "'", '"', '\'"', '="', "\\", "\\`", "?", "? ",
    "/", "a/", "//", "://", "a://", "http://", "http://a ", "%", "%%", "%% ", "%%a ", "%%\n", "&",
    "&x ", "&amp;", "&#x", "(", ")", "[", "]", "[a](", "[a]: ", "![", "[[a.", "]]", "[^1]",
    "[^1]: ", "[//]: # (", "\n[a]: # (x)\n", "[caption]", "[caption ", "[caption]<img ",
    "[video ", "[video]", "[/video]", "[gallery]\n", "[youtube=", "[vc_a", "[code]", "[/code]",
    "[sourcecode a", "`", "``a", "`` ` ", "```\n", "~~~\n", "> ```\n", "    a\n\n", "- ", "- a\n",
    "1. a\n\n", "* * ", "*a **a ", "__a_", "~~", "> ", "# ", "# a #", "a\n===\n", "---\n", "|",
    "|a", "a|b\n-|-\n", "{", "}", "{#", "{# #}", "{#a ", "{# a", "#}", "{%", "{% x", "{% x %}",
    "{%comment%}", "{%endcomment%}", "{% raw %}", "{%-", "{%#", "{{", "{{<", "{{<a", '{{<a "',
    '{{<a \'"', "{{< a >}}", "{{<highlight a>}}", "{{<comment>}}", "{{</*", "*/>}}", "{{/*",
    "*/}}", "{{!", "{{!--", "{{site.a", "{{'a'|", "{/*", "{ /*", "{::comment}", "{:/}", "{:a",
    "{: ", "{>>", "<%#", "<%--", "<?php ", "<![if ", "{filename}a/", "|filename|", "<", "<a ",
    "<a href=x>", "</a>", "<b>", "<p>", "<div>", "<td>", "<table><tr><td>", "<!--", "-->",
    "<!-->", "<!-- more ", "<!--more-->", "<input type=checkbox", "<pre>", "<code>",
    '<pre><code class="a', "</pre ", "<h1>", "<h1 ", "<img ", '<img src="', "<img width=",
    "<img style='width:1px;", "<iframe ",
    '<iframe "', "<embed '", "<video src=a>", "<script>", '<td style="text-align: ',
    '<span style="a:aaa:', '<span style="color:#aaa;">', "<sup><a href=#fn>", "<a href=b>c</a>d",
    "<a id=x>",
    "<p></p>", "<li>", "<svg>", "to=<a>, ", "message-id=<", ".. a\n", "::\n\n ", "`a`_", "a_ ",
    "key: ", "key: a\n", "- *a\n", "&a [", "title = ", "a.b.",
]  # fmt: skip


def _rendered(markup: str, text: str) -> None:
    from publisher.markup.models import Markup
    from publisher.markup.render import render

    render(text, Markup(markup), base_url=BASE)


def _style(text: str) -> None:
    bare = text.replace('"', "")
    for style in (bare, bare[:200], bare[:900]):  # a long one is refused before it is read
        _rendered("html", f'<span style="{style}!">x</span>')


def _mark(text: str) -> None:
    _rendered("html", f"<p>a<sup>{text}</sup></p>")


def _titles(text: str) -> None:
    from publisher.posts.titles import first_heading, plain_line

    plain_line(text)
    first_heading(text)
    first_heading(f"# {text}x")


def _stretches(text: str) -> None:
    from publisher.markup.opaque_ranges import opaque_ranges
    from publisher.posts.dialects.registry import comments_of

    for native in (None, comments_of("eleventy")):
        for markdown in (True, False):
            list(opaque_ranges(text, markdown=markdown, native=native))


def _values(text: str) -> None:
    from publisher.posts import permalinks
    from publisher.posts.dates import date_of_name, parse_date
    from publisher.posts.dialects.pelican import pelican_slug
    from publisher.posts.slugs import slug_of
    from publisher.posts.values import as_authors, as_enclosures, as_list, as_names

    as_names(as_list(text, split=",;"))
    as_authors(text)
    as_enclosures(text, BASE, lambda _address: None)
    slug_of(text)
    pelican_slug(text)
    permalinks.resolve(BASE, text)
    date_of_name(text, ZoneInfo("UTC"))
    try:
        parse_date(text, ZoneInfo("UTC"))
    except (ValueError, OverflowError):
        return


def _front_matter(text: str) -> None:
    from publisher.posts.front_matter import FrontMatterError, split

    for source in (
        f"---\ntitle: {text}\n---\nx",
        f"---\n{text}\n---\nx",
        f"+++\n{text}\n+++\nx",
        f"Title: {text}\n\nx",
        text,
    ):
        try:
            split(source, "a.md").lines()
        except FrontMatterError:
            continue


def _mail(text: str) -> None:
    from publisher.markup.models import Markup
    from publisher.markup.render import render
    from publisher.newsletter.finish import finish
    from publisher.newsletter.mail_html import mail_safe
    from publisher.newsletter.plain_text import html_to_text

    content = mail_safe(render(text, Markup.HTML, base_url=BASE).html)
    html_to_text(content)
    around = (
        "<html><head><style>td {{color:red}} .a p {{margin:0}}</style></head><body><div"
        " class='article-body'>{}</div></body></html>"
    )
    finish(around.format(content))


def _operator(text: str) -> None:
    from publisher.config import types
    from publisher.delivery.postfix_log import accepted
    from publisher.system.logging import hide_secrets

    hide_secrets(None, "", {"event": text})
    accepted([f"2026-03-15T08:00:00 a b/cleanup[1]: ABCDEF: message-id=<{text}", text], ["<a@b>"])
    for check in (types._web_address, types._language, types._mailbox, types._duration):
        try:
            check(text)
        except ValueError:
            continue


def _people(text: str) -> None:
    from publisher.membership.csv_columns import recognise
    from publisher.membership.csv_rows import read_row
    from publisher.subscribers.email_address import AddressError, check_address

    layout = recognise(["email", "name", "state", "tags", "language"])
    assert layout is not None
    for row in (
        [text] * 5,
        next(csv.reader([f'"{text.replace(chr(0), "").replace(chr(34), "")}",b,c,d,e'])),
    ):
        try:
            read_row(row, layout)
        except ValueError:
            continue
    try:
        check_address(text)
    except AddressError:
        return


FUNCTIONS: dict[str, Callable[[str], object]] = {
    "Markdown": lambda text: _rendered("markdown", text),
    "HTML": lambda text: _rendered("html", text),
    "reStructuredText": lambda text: _rendered("rst", text),
    "a style attribute": _style,
    "a footnote's mark": _mark,
    "comments and code": _stretches,
    "titles": _titles,
    "values of front matter": _values,
    "front matter": _front_matter,
    "a mail": _mail,
    "what an operator writes": _operator,
    "subscribers": _people,
}


def _seconds(work: Callable[[str], object], text: str) -> float:
    started = time.process_time()
    work(text)
    return time.process_time() - started


def main(name: str) -> None:
    """Write each piece before it is tried, and at last those whose cost grew out of proportion."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(
        resource.RLIMIT_CPU, (LIMIT if hard == resource.RLIM_INFINITY else min(LIMIT, hard), hard)
    )
    work, faults = FUNCTIONS[name], []
    work("warm")
    for piece in PIECES:
        sys.stdout.write(f"{piece!r}\n")
        sys.stdout.flush()
        text = piece * (SIZE // len(piece))
        once, more = _seconds(work, text), _seconds(work, text * TIMES)
        if more > NOTICEABLE and more > TOO_MUCH * once:
            faults.append([piece, once, more])
    sys.stdout.write(f"{json.dumps(faults)}\n")


if __name__ == "__main__":
    main(sys.argv[1])
