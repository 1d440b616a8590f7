"""Comments in every dialect, and everything of a body that anybody sees."""

from __future__ import annotations

from publisher.markup.models import Markup
from publisher.markup.render import render
from publisher.posts.dialects.registry import comments_of

BASE = "https://example.org/a/"
COMMENTS = {
    "Obsidian": "%%private%%",
    "Obsidian with spaces": "%% a private remark %%",
    "Obsidian's block": "%%\nprivate\n\nprivate still\n%%\n",
    "Jinja, Nunjucks, Twig": "{# private #}",
    "Jinja without spaces": "{#private remark#}",
    "Jinja, trimmed": "{#- private {{ x }} -#}",
    "Jinja over paragraphs": "{#\nprivate\n\nprivate\n#}\n",
    "Liquid": "{% comment %}private{% endcomment %}",
    "Liquid, trimmed": "{%- comment -%}\nprivate\n\nprivate\n{%- endcomment -%}\n",
    "Liquid in itself": (
        "{% comment %}private{% comment %}private{% endcomment %}private{% endcomment %}"
    ),
    "Django with a reason": '{% comment "not yet" %}private{% endcomment %}',
    "Liquid's line": "{% # private %}",
    "Liquid's lines": "{%-\n  # private\n  # private\n-%}",
    "MDX": "{/* private */}",
    "MDX with spaces": "{ /* private */ }",
    "MDX over paragraphs": "{/*\nprivate\n\nprivate\n*/}\n",
    "kramdown": "{::comment}private{:/comment}",
    "kramdown, short": "{::comment}private{:/}",
    "kramdown's block": "{::comment}\nprivate\n\nprivate\n{:/comment}\n",
    "Hugo": "{{< comment >}}private{{< /comment >}}",
    "Hugo's block": "{{% comment %}}\nprivate\n\nprivate\n{{% /comment %}}\n",
    "Go template": "{{/* private */}}",
    "Go template, trimmed": "{{- /* private */ -}}",
    "Handlebars": "{{! private }}",
    "Handlebars, long": "{{!-- private }} private --}}",
    "Blade": "{{-- private --}}",
    "Antlers": "{{# private #}}",
    "ERB": "<%# private %>",
    "JSP": "<%-- private --%>",
    "CriticMarkup": "{>> private <<}",
    "Logseq": "#+BEGIN_COMMENT\nprivate\n\nprivate\n#+END_COMMENT\n",
    "HTML": "<!-- private -->",
    "HTML with more dashes": "<!--- private -- private --->",
    "HTML over paragraphs": "<!-- private\n\nprivate -->",
    "HTML in itself": "<!-- private <!-- private --> private -->",
    "HTML, closed oddly": "<!-- private --!>",
    "conditional": "<!--[if mso]><p>private</p><![endif]-->",
    "PHP": "<?php /* private */ ?>",
}


def shown(
    body: str, dialect: str = "", markup: Markup = Markup.MARKDOWN, path: str = "a.md"
) -> str:
    """Return everything of a body that anybody sees."""
    rendered = render(body, markup, base_url=BASE, path=path, native=comments_of(dialect))
    return f"{rendered.html}\n{rendered.summary}"


DEFINITIONS = [
    "[//]: # (private)", '[//]: # "private"', "[//]: # 'private'", "[//]: <> (private)",
    "[comment]: # (private (very) private)",
    "[//]: # private", "[//]: # (private\nprivate)", "[_]: # (private)", "[//]: private",
    "[//]: # (private, unclosed",
]  # fmt: skip
