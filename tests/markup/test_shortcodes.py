"""Shortcodes with an obvious meaning become HTML, others go with a warning, code samples stay."""

from __future__ import annotations

import re
from html import unescape

import pytest

from publisher.errors import Level
from publisher.markup.models import Markup
from publisher.markup.render import render

BASE = "https://example.org/2024/a-post/"


def html_of(body: str, markup: Markup = Markup.MARKDOWN) -> str:
    """Render a body that must raise no problem."""
    rendered = render(body, markup, base_url=BASE)
    assert rendered.problems == ()
    return rendered.html


YOUTUBE = '<p><a href="https://www.youtube.com/watch?v=abc">Video on YouTube</a></p>'
CONVERTED = {
    "WordPress video": ("[youtube https://www.youtube.com/watch?v=abc]", YOUTUBE),
    "WordPress video with entities": (
        "[youtube https://www.youtube.com/watch?v=abc&amp;w=1]",
        '<p><a href="https://www.youtube.com/watch?v=abc&amp;w=1">Video on YouTube</a></p>',
    ),
    "WordPress caption": (
        (
            '[caption id="a" width="300"]<a href="//b.test/"><img src="/a.png" alt="A"></a>'
            " <em>C</em>[/caption]"
        ),
        (
            '<figure><a href="https://b.test/"><img src="https://example.org/a.png"'
            ' alt="A"></a><figcaption><em>C</em></figcaption></figure>'
        ),
    ),
    "WordPress caption as an argument": (
        '[caption caption="Words"]<img src="/a.png">[/caption]',
        '<figure><img src="https://example.org/a.png"><figcaption>Words</figcaption></figure>',
    ),
    "WordPress audio": (
        '[audio src="/a.mp3"]',
        '<p><a href="https://example.org/a.mp3">Audio</a></p>',
    ),
    "WordPress video file": (
        '[video mp4="/a.mp4"][/video]',
        '<p><a href="https://example.org/a.mp4">Video</a></p>',
    ),
    "WordPress embed": (
        "[embed]https://a.example/b[/embed]",
        '<p><a href="https://a.example/b">https://a.example/b</a></p>',
    ),
    "Hugo video": ("{{< youtube abc >}}", YOUTUBE),
    "Hugo video by name": ('{{< youtube id="abc" autoplay="true" >}}', YOUTUBE),
    "Hugo Vimeo": (
        "{{< vimeo 123 >}}",
        '<p><a href="https://vimeo.com/123">Video on Vimeo</a></p>',
    ),
    "Hugo gist": (
        "{{< gist ann 123 >}}",
        '<p><a href="https://gist.github.com/ann/123">Code on GitHub Gist</a></p>',
    ),
    "Hugo figure": (
        '{{< figure src="/a.png" alt="A" title="T" link="/b" >}}',
        (
            '<figure><a href="https://example.org/b"><img src="https://example.org/a.png"'
            ' alt="A"></a><figcaption>T</figcaption></figure>'
        ),
    ),
    "Hugo reference": (
        '[x]({{< ref "/post/other.md#part" >}})',
        '<p><a href="https://example.org/post/other/#part">x</a></p>',
    ),
    "Hugo bundle": (
        '[x]({{% relref "post/other/index.md" %}})',
        '<p><a href="https://example.org/post/other/">x</a></p>',
    ),
    "Jekyll post": (
        "[x]({% post_url 2012-03-04-other %})",
        '<p><a href="https://example.org/2012/03/04/other.html">x</a></p>',
    ),
    "Jekyll page": (
        "[x]({% link about.md %})",
        '<p><a href="https://example.org/about.html">x</a></p>',
    ),
    "Jekyll base": (
        "[x]({{ site.baseurl }}/about/)",
        '<p><a href="https://example.org/about/">x</a></p>',
    ),
    "Jekyll filter": (
        '[x]({{ "/about/" | relative_url }})',
        '<p><a href="https://example.org/about/">x</a></p>',
    ),
    "Eleventy video": ('{% youtube "abc", "A title" %}', YOUTUBE),
    "Liquid comment": ("a{% comment %} not shown {% endcomment %}b", "<p>ab</p>"),
    "Pelican page": (
        "[x]({filename}/posts/other.md#part)",
        '<p><a href="https://example.org/other.html#part">x</a></p>',
    ),
    "Pelican page, old form": (
        "[x](|filename|other.rst)",
        '<p><a href="https://example.org/other.html">x</a></p>',
    ),
    "Pelican file": (
        "![x]({static}/images/a.png)",
        '<p><img src="https://example.org/images/a.png" alt="x"></p>',
    ),
    "kramdown attributes": (
        "## Hello\n{: .no_toc #h}\n\ntext\n{:.lead}\n",
        '<h2 id="hello">Hello</h2>\n<p>text</p>',
    ),
    "kramdown contents": ("* TOC\n{:toc}\n\ntext", "<p>text</p>"),
    "Obsidian link": ("see [[Other note#part|that]] and [[Third]]", "<p>see that and Third</p>"),
    "Obsidian picture": (
        "![[my cat.png|300]]",
        '<p><img src="https://example.org/2024/a-post/my%20cat.png" width="300" alt=""></p>',
    ),
    "Obsidian picture and words": (
        "![[a.png|200x100]]\n*below*",
        (
            '<p><img src="https://example.org/2024/a-post/a.png" width="200"'
            ' alt="">\n<em>below</em></p>'
        ),
    ),
    "Obsidian picture with a caption": (
        "![[a.png|A cat]]",
        '<p><img src="https://example.org/2024/a-post/a.png" alt="A cat"></p>',
    ),
    "a width with its unit": (
        'x <img src="a.png" width="300px" height="20.5">',
        '<p>x <img src="https://example.org/2024/a-post/a.png" width="300" height="20"></p>',
    ),
    "a width in percent": (
        'x <img src="a.png" width="50%">',
        '<p>x <img src="https://example.org/2024/a-post/a.png"></p>',
    ),
}


@pytest.mark.parametrize(("body", "expected"), CONVERTED.values(), ids=CONVERTED.keys())
def test_an_obvious_shortcode_becomes_html(body: str, expected: str) -> None:
    """What a generator would have made of it, without running the generator."""
    assert html_of(body) == expected


CODE = {
    "fence": "```\n{0}\n```",
    "tilde fence": "~~~ text\n{0}\n~~~",
    "fence in a list": "- a\n\n  ```\n  {0}\n  ```",
    "indented": "text\n\n    {0}\n",
    "span": "the tag ``{0}`` is",
    "pre": "<pre>{0}</pre>",
    "raw": "{{% raw %}}{0}{{% endraw %}}",
    "Jekyll highlight": "{{% highlight text %}}\n{0}\n{{% endhighlight %}}",
    "Hugo highlight": '{{{{< highlight text "linenos=table" >}}}}\n{0}\n{{{{< /highlight >}}}}',
    "WordPress code": '[sourcecode language="text"]\n{0}\n[/sourcecode]',
}
SAMPLES = [
    "{% include x.html %}",
    "{{ site.url }}",
    "{{< figure src=a >}}",
    "[gallery ids=1]",
    "[[ -f x ]]",
    "{: .cls}",
    "{filename}/a.md",
]


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("frame", CODE.values(), ids=CODE.keys())
def test_code_that_shows_shortcodes_stays_as_written(frame: str, sample: str) -> None:
    """Generators' own posts explain their tags; those must survive."""
    if frame.startswith("{{% raw") and not sample.startswith("{%"):
        sample = "{% include x.html %}"
    shown = sample.replace("<", "&lt;").replace(">", "&gt;")
    assert shown in html_of(frame.format(sample))


def test_a_shown_hugo_shortcode_loses_its_guard() -> None:
    """Hugo writes ``{{</* x */>}}`` to show ``{{< x >}}``."""
    assert html_of("{{</* figure */>}}") == "<p>{{&lt; figure &gt;}}</p>"


LITERAL = [
    "[text](/url)",
    "[x] and [1]",
    "a [video](/v)",
    "the [quote] and [more]",
    "{{7*7}}",
    "{{ name }}",
    "{ site.url }",
    "100% {} []",
]


@pytest.mark.parametrize("body", LITERAL)
def test_ordinary_brackets_and_braces_are_text(body: str) -> None:
    """Only what a generator would have understood is a shortcode."""
    html = html_of(body)
    assert "[" in html or "{" in html or "<a href" in html


WORDS = [
    "[more than 13%](/x)", "[Twitter fought back](/x)", "[video of the talk](/x)",
    "[gallery of arcs](/x)", "[button to press][q]",
    "[quote from a book][q]", "[gallery](/x)", "[toc]: see below", "[audio](/x)",
    "[audio and video](/x)", "[embed=yes](/x)",
    "[video width=3](/x)", "[more](/x)", "![gallery of arcs](/x.png)", "![gallery][q]",
    "the [gallery] of arcs", "the [toc] tag",
    "[quote from a book]",
    "[more than words]\n(said he)", "[[gallery]]", "\\[gallery]", "[twitter bootstrap]",
    "[latex E = mc2]", "[/video](/x)",
    "[caption contest](/x)",
    "[instagram post by Ann][q]", '<a href="/x">[gallery]</a>', "[su_button of mine](/x)",
    "[vimeo staff picks]", "a [tweet this] b",
    "[video of the talk] and [video src=/a.mp4][/video]", "[googlemaps](/x) and [slideshow](/y)",
]  # fmt: skip


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize(
    "frame", ["{0}", "See {0}, then go on.", "- {0}\n- b", "*{0}*", "| a |\n|---|\n| {0} |"]
)
def test_words_in_brackets_are_the_author_s(words: str, frame: str) -> None:
    """They begin like a shortcode, but lack its arguments, closer or line, or are a link's text."""
    if "\n" in words and frame != "{0}":
        return
    rendered = render(frame.format(words) + "\n\n[q]: /q\n", Markup.MARKDOWN, base_url=BASE)
    shown = unescape(re.sub(r"<[^>]*>", "", rendered.html)) + " ".join(
        re.findall('alt="([^"]*)"', rendered.html)
    )
    expected = re.findall(r"[\w%]+", re.sub(r"\]\([^)]*\)|\[q\]|<[^>]*>|\[video src.*", "", words))
    assert [word for word in expected if word not in shown] == []
    assert "i/status" not in rendered.html


TAGS = [
    "[gallery]", '[gallery ids="1,2"]', "text [gallery ids=1,2] text", "<p>[gallery]</p>",
    "[vc_row][vc_column width='1/2'][/vc_column][/vc_row]",
    "[button]press[/button]", "[slideshow]", '[su_button url="/x"]press[/su_button]',
    "[contact-form-7 id=3]",
]  # fmt: skip


@pytest.mark.parametrize("tag", TAGS)
def test_a_wordpress_tag_is_one_by_its_arguments_its_closer_or_its_line(tag: str) -> None:
    """Nobody is shown the tag itself; what stands between two of them stays."""
    html = render(tag, Markup.MARKDOWN, base_url=BASE).html
    assert "[" not in html
    assert ("press" in tag) == ("press" in html)
    assert ("text" in tag) == ("text" in html)


REMOVED = {
    "gallery": ('a\n\n[gallery ids="1,2"]\n', "[gallery]", 3),
    "include": ("a\n\nb {% include ad.html %}", "{% include %}", 3),
    "callout": ("{% callout 'info' %}\nkept\n{% endcallout %}", "{% callout %}", 1),
    "Hugo": ('```\ncode\n```\n\n{{< plotly json="/x.json" >}}', "{{< plotly >}}", 5),
    "after highlighted code": (
        "{% highlight x %}\na\nb\n{% endhighlight %}\n{% include x %}",
        "{% include %}",
        5,
    ),
    "expression": ("a {{ page.title }}", "{{ page.title }}", 1),
}


@pytest.mark.parametrize(("body", "named", "line"), REMOVED.values(), ids=REMOVED.keys())
def test_an_unknown_shortcode_goes_with_a_warning_that_names_it_and_its_line(
    body: str, named: str, line: int
) -> None:
    """The author learns what readers do not see, and where it stands."""
    rendered = render(body, Markup.MARKDOWN, base_url=BASE, path="a.md", body_line=10)
    (problem,) = rendered.problems
    assert (problem.path, problem.line, problem.level) == ("a.md", line + 9, Level.WARNING)
    assert named in problem.found
    assert "{%" not in rendered.html
    assert ("kept" in body) == ("kept" in rendered.html)


def test_indentation_and_backticks_mean_nothing_in_html() -> None:
    """An indented line of an HTML body is no code."""
    rendered = render("<div>\n\n    {% include x %}`{% y %}`</div>", Markup.HTML, base_url=BASE)
    assert "{%" not in rendered.html
    assert len(rendered.problems) == 2
