"""The sections about the site: its posts, its folders, its feeds.

Each key has its default, its check and the sentence the reference prints.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from publisher.config.types import (
    Content,
    Duration,
    Extension,
    FileName,
    FileNameOrOff,
    FolderName,
    Glob,
    Language,
    Line,
    PostAddress,
    WebAddress,
    Zone,
)

_OPML = "feeds.opml"
_OURS = frozenset({"tags", "categories", "authors", "archive"})
"""What is in the public folder besides the feeds of the site."""


class Section(BaseModel):
    """A frozen section that knows all its keys."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", str_strip_whitespace=True, validate_default=True
    )


class SiteConfig(Section):
    """What the site is."""

    title: Line = Field(description="Name of the site, as readers see it.")
    url: WebAddress = Field(description="Address of the site's home page.")
    description: str = Field("", description="One sentence about the site; the feeds carry it.")
    language: Language = Field("en", description="Language of the posts that name none (BCP 47).")
    timezone: Zone = Field("UTC", description="IANA zone in which dates without one are meant.")
    author: str = Field("", description="Author of the posts that name none.")
    copyright: str = Field("", description="Rights line of the feeds.")
    image: str = Field(
        "", description="Absolute address of the site's logo, for feeds and newsletters."
    )


class PostsConfig(Section):
    """Which files are posts, and where their pages are."""

    folder: Path = Field(Path("posts"), description="Folder that is watched.")
    url: PostAddress = Field(
        "/{slug}/",
        description=(
            "Where a post's page is when its front matter does not say: a pattern of {year} {month}"
            " {day} {slug} {path} {category}, or jekyll, hugo, eleventy, pelican, zola, astro,"
            " wordpress."
        ),
    )
    section: FolderName | None = Field(
        None,
        description=(
            "With hugo, eleventy, zola or astro: what the folder is called below the generator's"
            " content folder, and so in addresses; guessed from the folder when absent"
            " (content/posts is posts)."
        ),
    )
    include: tuple[Glob, ...] = Field(
        (), description="Globs; when given, only matching files are read."
    )
    exclude: tuple[Glob, ...] = Field((), description="Globs of files that are not read.")
    extensions: tuple[Extension, ...] = Field(
        (".md", ".markdown", ".mkd", ".html", ".htm", ".txt", ".rst"),
        description="File name endings that are read.",
    )
    max_bytes: int = Field(5_000_000, ge=1, description="Larger files are refused, in bytes.")
    settle: Duration = Field(
        timedelta(seconds=1),
        description="How long a file must have been left alone before its news is decided.",
    )
    require: Literal["publish", "share"] | None = Field(
        None,
        description=(
            '"publish" or "share": only files whose front matter says publish: true (share: true)'
            " are posts (Obsidian vaults)."
        ),
    )
    public_words: tuple[str, ...] = Field(
        (),
        description=(
            "Words of your own that do not hide a post under status, state or visibility, such as"
            ' "evergreen".'
        ),
    )


class OutputConfig(Section):
    """Where files are written."""

    public: Path = Field(
        Path("public"),
        description=(
            "Folder of the feeds; serve it. It may not hold the state, keys, maildir or"
            " newsletters."
        ),
    )
    newsletters: Path = Field(
        Path("newsletters"),
        description="Folder of the composed newsletters; init sets .publisher/newsletters.",
    )


class FeedsConfig(Section):
    """What the feeds hold."""

    url: WebAddress | None = Field(
        None, description="Where the public folder is reachable; site.url when absent."
    )
    entries: int = Field(20, ge=1, le=1000, description="Entries in each feed, newest first.")
    content: Content = Field("full", description="Whole posts, or their summaries.")
    rss: FileNameOrOff = Field("feed.xml", description="File name of RSS 2.0, or false.")
    atom: FileNameOrOff = Field("atom.xml", description="File name of Atom 1.0, or false.")
    json_: FileNameOrOff = Field(
        "feed.json", alias="json", description="File name of JSON Feed 1.1, or false."
    )
    tags: bool = Field(True, description="A feed for each tag.")
    categories: bool = Field(True, description="A feed for each category.")
    authors: bool = Field(True, description="A feed for each author, from two authors on.")
    archive: bool = Field(True, description="RFC 5005 archive documents of the whole history.")
    aliases: dict[FileName, Literal["rss", "atom", "json"]] = Field(
        default_factory=dict,
        description="Old addresses that get the same bytes, such as 'index.xml' = 'rss'.",
    )

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [name for name in (self.rss, self.atom, self.json_) if name]
        if not names:
            raise ValueError("at least one of rss, atom and json must be a file name")
        if len(set(names)) < len(names):
            raise ValueError("rss, atom and json need different file names")
        if any("/" in name for name in names):
            raise ValueError(
                "rss, atom and json are file names without folders, because every sub-feed uses"
                " them too"
            )
        for alias in self.aliases:
            if alias in {*names, _OPML} or alias.partition("/")[0] in _OURS:
                raise ValueError(
                    f"aliases: {alias!r} is where a document of another name is written; name an"
                    " address that is free"
                )
        if _OPML in names or _OURS & set(names):
            raise ValueError(
                f"rss, atom and json: {_OPML}, {', '.join(sorted(_OURS))} are written by that name"
                " already"
            )
        return self


Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
