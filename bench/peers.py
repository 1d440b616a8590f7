"""Other generators that write feeds of the same posts, and nothing else."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from measuring import Cost, measure

ENTRIES = 20
PLACE = Path(sys.prefix) / "peers"
"""Where ``make bench`` installs ``bench/requirements.txt`` and, where there is npm, Eleventy."""
HUGO = """baseURL = "https://example.org/"
title = "Bench"
disableKinds = ["section", "taxonomy", "sitemap", "404", "robotsTXT"]
[outputs]
home = ["RSS"]
page = []
term = [{terms}]
"""
RSS = """<rss version="2.0"><channel><title>{{ .Title }}</title><link>{{ .Permalink }}</link>
<description>Bench</description>
{{ range first 20 PAGES.ByDate.Reverse }}<item>
<title>{{ .Title }}</title><link>{{ .Permalink }}</link><guid>{{ .Permalink }}</guid>
<pubDate>{{ .Date.Format "Mon, 02 Jan 2006 15:04:05 -0700" }}</pubDate>
<description>{{ .Content | transform.XMLEscape | safeHTML }}</description>
</item>{{ end }}</channel></rss>
"""
PELICAN = """SITENAME = "Bench"
SITEURL = FEED_DOMAIN = "https://example.org"
TIMEZONE = "UTC"
PATH = "content"
OUTPUT_PATH = "public"
FEED_ALL_RSS = "index.xml"
FEED_MAX_ITEMS = 20
RSS_FEED_SUMMARY_ONLY = False
FEED_ALL_ATOM = CATEGORY_FEED_ATOM = AUTHOR_FEED_ATOM = AUTHOR_FEED_RSS = \
TRANSLATION_FEED_ATOM = None
ARTICLE_SAVE_AS = PAGE_SAVE_AS = TAG_SAVE_AS = CATEGORY_SAVE_AS = AUTHOR_SAVE_AS = \
DRAFT_SAVE_AS = ""
ARTICLE_LANG_SAVE_AS = DRAFT_LANG_SAVE_AS = ""
DIRECT_TEMPLATES = []
THEME_STATIC_PATHS = []
"""
ELEVENTY = """import rss from "@11ty/eleventy-plugin-rss";

export default function (config) {
  config.addPlugin(rss);
  config.addGlobalData("permalink", false);
  config.addCollection("newest", (all) =>
    all.getFilteredByGlob("content/*.md").sort((a, b) => b.date - a.date).slice(0, 20));
}
"""
NUNJUCKS = """---
permalink: /index.xml
---
<rss version="2.0"><channel><title>Bench</title><link>https://example.org/</link>
<description>Bench</description>
{% for post in collections.newest %}<item>
<title>{{ post.data.title }}</title>
<link>https://example.org/{{ post.fileSlug }}/</link>
<guid>https://example.org/{{ post.fileSlug }}/</guid>
<pubDate>{{ post.date | dateToRfc822 }}</pubDate>
<description>{{ post.content }}</description>
</item>{% endfor %}</channel></rss>
"""
SITE, TAGS = (
    {"layouts/home.rss.xml": RSS.replace("PAGES", ".Site.RegularPages")},
    {"layouts/term.rss.xml": RSS.replace("PAGES", ".Pages")},
)
FILES = {
    "Hugo": {"hugo.toml": HUGO.format(terms=""), **SITE},
    "Hugo, tags too": {"hugo.toml": HUGO.format(terms='"RSS"'), **SITE, **TAGS},
    "Pelican": {"pelicanconf.py": PELICAN},
    "Eleventy": {"eleventy.config.mjs": ELEVENTY, "index.njk": NUNJUCKS},
}
COMMANDS = {
    "Hugo": ["bin/hugo", "--quiet"],
    "Hugo, tags too": ["bin/hugo", "--quiet"],
    "Pelican": ["bin/pelican", "-q", "-s", "pelicanconf.py"],
    "Eleventy": ["node_modules/.bin/eleventy", "--quiet", "--output=public"],
}


class Peer:
    """Another generator that writes RSS of the same posts, and nothing else.

    Attributes:
        name: As the table has it.
    """

    def __init__(self, name: str, folder: Path, posts: Path) -> None:
        self.name, self._folder = name, folder / name.replace(", ", "-").replace(" ", "-")
        program, *arguments = COMMANDS[name]
        self._command = [str(PLACE / program), *arguments]
        self._folder.mkdir()
        for file, text in FILES[name].items():
            (self._folder / file).parent.mkdir(parents=True, exist_ok=True)
            (self._folder / file).write_text(text, "utf-8")
        (self._folder / "content").symlink_to(posts)
        (self._folder / "node_modules").symlink_to(PLACE / "node_modules")

    def is_there(self) -> bool:
        """Say whether it is installed."""
        return Path(self._command[0]).exists()

    def build(self, feeds: int = 1) -> Cost:
        """Build anew, and see that it wrote so many feeds."""
        for output in ("public", "cache", "resources"):
            shutil.rmtree(self._folder / output, ignore_errors=True)
        cost = measure(self._command, self._folder)
        written = list((self._folder / "public").rglob("index.xml"))
        if len(written) != feeds or any(
            feed.read_text("utf-8").count("<item>") != ENTRIES for feed in written
        ):
            raise SystemExit(f"{self.name} did not write {feeds} feeds of {ENTRIES} entries")
        return cost


def installed(names: list[str], folder: Path, posts: Path) -> list[Peer]:
    """Give those of these that are installed; tell of the others."""
    peers = [Peer(name, folder, posts) for name in names]
    for peer in peers:
        if not peer.is_there():
            print(f"{peer.name}: not installed", file=sys.stderr)
    return [peer for peer in peers if peer.is_there()]
