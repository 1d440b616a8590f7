"""A folder in which everything is that can go wrong with a file."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from tests.torture.scale import scaled

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "---\ntitle: {title}\ndate: 2025-01-02\n---\n"
CONTROLS = "".join(map(chr, [*range(1, 9), 11, 12, *range(14, 32), *range(0x7F, 0xA0)]))
BOMB = (
    "---\na: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(
        f"{b}: &{b} [{','.join(['*' + a] * 9)}]\n"
        for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "---\n"
)

RTL = (
    "---\ntitle: RTL\ndate: 2025-01-02\nslug: שלום\ntags: [עברית, ../x, '%2e%2e', '"
    + "t" * 300
    + "']\n---\nText.\n"
)

GOOD: dict[str, tuple[bytes, str]] = {
    "bom.md": (
        b"\xef\xbb\xbf" + HEAD.format(title="With a mark").encode() + b"Text.\n",
        "With a mark",
    ),
    "crlf.md": (
        HEAD.format(title="Two ends").replace("\n", "\r\n").encode() + b"One\r\n\r\nTwo\r\n",
        "Two ends",
    ),
    "cr.md": (
        HEAD.format(title="Old ends").replace("\n", "\r").encode() + b"One\r\rTwo\r",
        "Old ends",
    ),
    "utf16.md": ((HEAD.format(title="Wide Ünïcode") + "Text.\n").encode("utf-16"), "Wide Ünïcode"),
    "umlauts.md": (
        (HEAD.format(title="Grüße, 世界, שלום") + "Straße 世界 שלום 🚲\n").encode(),
        "Grüße, 世界, שלום",
    ),
    "bidi.md": (
        (HEAD.format(title="Right \u202eleft\u202c again") + "a \u202e b \u2066 c\n").encode(),
        "Right \u202eleft\u202c again",
    ),
    "template.md": (
        (HEAD.format(title="Braces") + "{{7*7}} {% include x %} {{ config }}\n").encode(),
        "Braces",
    ),
    "script.md": (
        (
            HEAD.format(title="Script")
            + "<script>alert(1)</script> [a](javascript:alert(2)) kept\n"
        ).encode(),
        "Script",
    ),
    "svg.md": (
        (
            HEAD.format(title="Picture") + '<svg onload="x()"><script>y()</script></svg> kept\n'
        ).encode(),
        "Picture",
    ),
    "css.md": (
        (
            HEAD.format(title="Style") + "<style>p{background:url({canary}/a.png)}</style><p"
            ' style="background:url({canary}/b)">kept</p>\n'
        ).encode(),
        "Style",
    ),
    "sheet.md": (
        (
            HEAD.format(title="Sheet") + '<link rel="stylesheet" href="{canary}/c.css"> kept\n'
        ).encode(),
        "Sheet",
    ),
    "image.md": (
        (
            HEAD.format(title="Image")
            + "![x]({canary}/d.png) <iframe src='{canary}/e'></iframe> kept\n"
        ).encode(),
        "Image",
    ),
    "deep.html": (
        (HEAD.format(title="Deep HTML") + "<div>" * 400 + "kept" + "</div>" * 400).encode(),
        "Deep HTML",
    ),
    "deeper.html": (
        (HEAD.format(title="Deeper HTML") + "<b>" * 30_000 + "kept").encode(),
        "Deeper HTML",
    ),
    "quotes.md": ((HEAD.format(title="Quotes") + ">" * 50_000 + " kept\n").encode(), "Quotes"),
    "lists.md": (
        (HEAD.format(title="Lists") + "".join("  " * n + "- a\n" for n in range(300))).encode(),
        "Lists",
    ),
    "line.md": (
        (HEAD.format(title="Long line") + "word " * scaled(999_000, 200_000) + "\n").encode(),
        "Long line",
    ),
    "brackets.md": (
        (HEAD.format(title="Brackets") + "[" * scaled(20_000, 5_000) + "\n").encode(),
        "Brackets",
    ),
    "stars.md": (
        (HEAD.format(title="Stars") + "*a **b " * scaled(20_000, 5_000) + "\n").encode(),
        "Stars",
    ),
    "slug-up.md": (b"---\ntitle: Up\ndate: 2025-01-02\nslug: ../../etc/passwd\n---\nText.\n", "Up"),
    "slug-nul.md": (
        (
            b'---\ntitle: Null slug\ndate: 2025-01-02\nslug: "a\\0b"\ntags: ["a\\0b",'
            b' "\\0"]\n---\nText.\n'
        ),
        "Null slug",
    ),
    "link-nul.md": (
        b'---\ntitle: Null link\ndate: 2025-01-02\npermalink: "/a\\0b/"\n---\nText.\n',
        "Null link",
    ),
    "link-long.md": (
        (
            "---\ntitle: Long link\ndate: 2025-01-02\npermalink: /" + "x" * 300 + "/\n---\nText.\n"
        ).encode(),
        "Long link",
    ),
    "link-rtl.md": (
        "---\ntitle: RTL link\ndate: 2025-01-02\npermalink: /שלום/\u202eb/\n---\nText.\n".encode(),
        "RTL link",
    ),
    "surrogate.md": (b'{"title": "Half \\ud800", "date": "2025-01-02"}\nText.\n', "Half"),
    "slug.md": (
        ("---\ntitle: Long\ndate: 2025-01-02\nslug: " + "x" * 300 + "\n---\nText.\n").encode(),
        "Long",
    ),
    "rtl.md": (RTL.encode(), "RTL"),
    "year9999.md": (b"---\ntitle: Far\ndate: 9999-12-31\n---\nText.\n", ""),
    "case.md": (HEAD.format(title="Lower").encode() + b"One.\n", "Lower"),
    "CASE.md": (HEAD.format(title="Upper").encode() + b"Two.\n", "Upper"),
    "same-url-1.md": (b"---\ntitle: Here\ndate: 2025-01-02\nurl: /one/\n---\nOne.\n", "Here"),
    "same-url-2.md": (b"---\ntitle: There\ndate: 2025-01-03\nurl: /one/\n---\nTwo.\n", "There"),
}
"""Files that are published, and under which title; an empty title: later, or never."""

NAMED: dict[str, tuple[bytes, str]] = {
    "latin1.md": (HEAD.format(title="Caf").encode() + "Café\n".encode("latin-1"), "UTF-8"),
    "invalid.md": (b"---\ntitle: \xff\xfe\xfa\n---\nText.\n", "UTF-8"),
    "nul.md": (HEAD.format(title="Nul").encode() + b"a\0b\n", "NUL"),
    "controls.md": (
        HEAD.format(title="Controls").encode() + CONTROLS.encode() + b" kept\n",
        "U+0001",
    ),
    "fffe.md": (HEAD.format(title="Noncharacter").encode() + "a\ufffeb\n".encode(), "U+FFFE"),
    "bomb.md": (BOMB.encode(), "repeats itself"),
    "twice.md": (b"---\ntitle: One\ntitle: Two\ndate: 2025-01-02\n---\nText.\n", "stands twice"),
    "impossible.md": (b"---\ntitle: February\ndate: 2020-02-30\n---\nText.\n", "2020-02-30"),
    "year0.md": (b"---\ntitle: Zero\ndate: 0000-01-01\n---\nText.\n", "0000-01-01"),
    "climbs.md": (
        b"---\ntitle: Climbs\ndate: 2025-01-02\npermalink: /../../etc/passwd\n---\nText.\n",
        "..",
    ),
    "encoded.md": (
        b"---\ntitle: Encoded\ndate: 2025-01-02\npermalink: /%2e%2e/%2e%2e/x\n---\nText.\n",
        "..",
    ),
    "scheme.md": (
        b"---\ntitle: Scheme\ndate: 2025-01-02\npermalink: javascript:alert(1)\n---\nText.\n",
        "no web address",
    ),
    "id-2.md": (b"---\ntitle: Second\ndate: 2025-01-02\nguid: urn:x:1\n---\nText.\n", "urn:x:1"),
    "open.md": (b"---\ntitle: Never closed\n\nText.\n", "never closes"),
    "wrong.md": (b"---\ntitle: [a\n---\nText.\n", "YAML"),
    "wrong-toml.md": (b"+++\ntitle = \n+++\nText.\n", "TOML"),
    "wrong-json.md": (b'{"title": }\nText.\n', "JSON"),
    "nested.md": (b"---\na: " + b"[" * 200 + b"]" * 200 + b"\n---\nText.\n", "nested"),
}
"""Files of which something is said, and what."""


def fill(posts: Path, canary: str) -> None:
    """Make it.

    Args:
        posts: The folder.
        canary: Address that nobody may ask for anything.
    """
    for name, (data, _) in (GOOD | NAMED).items():
        (posts / name).write_bytes(data.replace(b"{canary}", canary.encode()))
    (posts / "id-1.md").write_bytes(
        b"---\ntitle: First\ndate: 2025-01-02\nguid: urn:x:1\n---\nText.\n"
    )
    (posts / "half.md").write_bytes(b'---\ntitle: "a \\ud800 b"\ndate: 2025-01-02\n---\nText.\n')
    with (posts / "large.md").open("wb") as large:
        large.truncate(200_000_000)
    os.mkfifo(posts / "pipe.md")
    (posts / "loop").symlink_to(posts)
    (posts / "loop.md").symlink_to(posts / "loop.md")
    outside = posts.parent / "outside.md"
    outside.write_bytes(HEAD.format(title="Outside").encode() + b"Secret.\n")
    (posts / "out.md").symlink_to(outside)
    if os.geteuid() == 0:
        os.mknod(posts / "device.md", stat.S_IFCHR | 0o600, os.makedev(1, 5))
    (posts / "closed.md").write_bytes(b"---\ntitle: Closed\n---\n")
    (posts / "closed.md").chmod(0)


def surround(folder: Path, count: int) -> None:
    """Write so many posts of a few hundred words each, older than all of the others."""
    folder.mkdir()
    words = (
        "harbour",
        "letter",
        "weather",
        "lantern",
        "gull",
        "tide",
        "notebook",
        "window",
        "bread",
        "orchard",
        "kettle",
    )
    for number in range(count):
        said = " ".join(words[(number + n * n) % len(words)] for n in range(400))
        day = f"{2000 + number % 20}-{number % 12 + 1:02d}-{number % 28 + 1:02d}"
        head = f"---\ntitle: Post {number}\ndate: {day}\ntags: [{words[number % 11]}]\n---\n"
        (folder / f"post-{number:05d}.md").write_text(
            f"{head}{said}\n\n## More\n\n[{said}](/{number}/)\n", "utf-8"
        )
