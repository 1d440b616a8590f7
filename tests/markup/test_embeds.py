"""Frames, players and widget scripts become links that say what they were."""

from __future__ import annotations

import pytest

from publisher.markup.models import Markup
from publisher.markup.render import render

BASE = "https://example.org/2024/a-post/"


def link(address: str, text: str) -> str:
    """Return the paragraph an embed becomes."""
    return f'<p><a href="{address}">{text}</a></p>'


EMBEDS = {
    "titled": (
        (
            '<iframe width="1" src="https://www.youtube.com/embed/abc?start=5" title="My &amp;'
            ' film"></iframe>'
        ),
        link("https://www.youtube.com/watch?v=abc&amp;t=5", "My &amp; film"),
    ),
    "no cookie": (
        '<iframe src="//www.youtube-nocookie.com/embed/abc"/>',
        link("https://www.youtube.com/watch?v=abc", "Video on YouTube"),
    ),
    "Vimeo": (
        "<iframe src='https://player.vimeo.com/video/12?x=1'></iframe>",
        link("https://vimeo.com/12", "Video on Vimeo"),
    ),
    "unknown": (
        '<iframe src="https://maps.example/x"></iframe>',
        link("https://maps.example/x", "Embedded page on maps.example"),
    ),
    "lazy": (
        '<iframe data-src="https://maps.example/x"></iframe>',
        link("https://maps.example/x", "Embedded page on maps.example"),
    ),
    "own page": (
        '<iframe src="/demo/"></iframe>',
        link("https://example.org/demo/", "Embedded page on this site"),
    ),
    "gist": (
        '<script src="https://gist.github.com/ann/1.js"></script>',
        link("https://gist.github.com/ann/1", "Code on GitHub Gist"),
    ),
    "gist file": (
        '<script src="https://gist.github.com/ann/1.js?file=a.py"></script>',
        link("https://gist.github.com/ann/1?file=a.py", "Code on GitHub Gist"),
    ),
    "video": (
        '<video controls><source src="/a.mp4" type="video/mp4">Sorry.</video>',
        link("https://example.org/a.mp4", "Video"),
    ),
    "audio": ('<audio src="/a.mp3"></audio>', link("https://example.org/a.mp3", "Audio")),
    "old object": (
        (
            '<object width="1"><param name="movie" value="https://www.youtube.com/v/abc"><embed'
            ' src="https://www.youtube.com/v/abc"></object>'
        ),
        link("https://www.youtube.com/watch?v=abc", "Video on YouTube"),
    ),
    "fallback of an empty player": (
        "<video><p>Not shown here.</p></video>",
        "<p>Not shown here.</p>",
    ),
    "never closed": (
        '<iframe src="https://maps.example/x"> the text goes on',
        link("https://maps.example/x", "Embedded page on maps.example") + " the text goes on",
    ),
    "one closed, one not": (
        '<video src="/a.mp4"><p>words</p><video src="/b.mp4"></video>',
        link("https://example.org/a.mp4", "Video")
        + "<p>words</p>"
        + link("https://example.org/b.mp4", "Video"),
    ),
    "script that writes a script": (
        "<script>document.write('<script src=x>')</script>words",
        "words",
    ),
}


@pytest.mark.parametrize(("body", "expected"), EMBEDS.values(), ids=EMBEDS.keys())
def test_an_embed_becomes_a_link(body: str, expected: str) -> None:
    """Readers and mail clients show no frames; a link with a name is what they can use."""
    assert render(body, Markup.HTML, base_url=BASE).html == expected


def test_a_tweet_stays_a_quotation_and_loses_its_script() -> None:
    """The quotation is what its author chose as fallback."""
    tweet = '<blockquote{}><p>Hi</p>Ann <a href="https://twitter.com/a/status/1">1</a></blockquote>'
    body = (
        tweet.format(' class="twitter-tweet"')
        + '<script async src="//platform.example/w.js"></script>'
    )
    assert render(body, Markup.HTML, base_url=BASE).html == tweet.format("")


def test_an_embed_shown_as_code_stays_code() -> None:
    """A post about embedding shows the tag."""
    assert (
        "&lt;iframe"
        in render('`<iframe src="https://a.example/">`', Markup.MARKDOWN, base_url=BASE).html
    )
