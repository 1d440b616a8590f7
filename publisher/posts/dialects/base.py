"""What a dialect of front matter is: everything that differs from one generator to another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from publisher.posts.dialects.page import AddressParts, PageRule
    from publisher.posts.dialects.site_config import Candidate, ConfigFile, SiteConfig
    from publisher.posts.flags import Flag
    from publisher.posts.front_matter import FrontMatter


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dialect:
    """One generator's front matter, addresses and configuration; the defaults are nobody's own.

    Keys of front matter are in lower case; those of flags as
    :func:`publisher.posts.keys.spelled`.

    Attributes:
        name: Of the generator; with a ``pattern`` it is a preset of ``posts.url``.

        keys: Front matter that nobody else writes: one of them tells the dialect.
        formats: Formats of front matter that few write; where only one does, that tells it.
        marks: Keys that tell it from others that write the same format.
        tells: Tells a file by its front matter and path, where no key does.

        fields: Keys of its own for a field of the post, which are asked first.
        separators: Characters between the terms of one text.
        splits_at_spaces: Terms of one text without a comma are words.
        splits_authors: Several authors are written as one text.
        collections: Tags, in lower case, that make lists on its site and say nothing of a post.

        hides: Flags that make a file no post for readers.
        hides_at_home: The same, only on a site known to be of this generator.
        drafts: Flags that make a file a draft.
        leaves_out: Whether it takes no file with these folders and this name for a page.

        comments: Comments it knows, by their names in
            :data:`publisher.markup.comment_syntaxes.SYNTAXES`; None where nobody can tell.

        config_files: Names of its configuration files; the first that is there counts.
        read_config: What one says; None where the file is not of this generator.
        folders: Where posts usually are on its sites, best first.
        copies: Whether a folder is taken into what it builds.

        pattern: The address it gives by default, as a pattern of ``posts.url``; empty where
            ``page_rule`` says it, None where it has none.
        page_rule: Makes addresses where no pattern can.
        fill: Fills the placeholders of an address in the front matter.
        content_folders: Names of the folders below which addresses begin.
        content_at_root: The site's own folder is one too.
        content_by_language: A language's folder below them is one too.
        path_has_section: ``{path}`` begins with the section of the posts folder.
        nests_categories: ``{category}`` is all of them, as folders.
        slug_of_title: Makes the slug, where not the file's name does.
        keeps_names: A file's whole name, with its date and in lower case, is its slug.
        address_is_id: Its feeds have the page's address as the entry's id.
    """

    name: str

    keys: tuple[str, ...] = ()
    formats: frozenset[str] = frozenset()
    marks: frozenset[str] = frozenset()
    tells: Callable[[FrontMatter, str], bool] | None = None

    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    separators: str = ","
    splits_at_spaces: bool = False
    splits_authors: bool = False
    collections: frozenset[str] = frozenset()

    hides: Mapping[str, Flag] = field(default_factory=dict)
    hides_at_home: Mapping[str, Flag] = field(default_factory=dict)
    drafts: Mapping[str, Flag] = field(default_factory=dict)
    leaves_out: Callable[[Sequence[str], str], bool] | None = None

    comments: frozenset[str] | None = frozenset()

    config_files: tuple[str, ...] = ()
    read_config: Callable[[ConfigFile], SiteConfig | None] = lambda _file: None
    folders: tuple[str, ...] = ()
    copies: Callable[[ConfigFile, Candidate], bool] = lambda _file, _folder: False

    pattern: str | None = None
    page_rule: PageRule | None = None
    fill: Callable[[str, AddressParts], str] | None = None
    content_folders: frozenset[str] = frozenset(
        {"content", "contents", "src", "pages", "_posts", "_drafts", "posts_dir"}
    )
    content_at_root: bool = False
    content_by_language: bool = False
    path_has_section: bool = False
    nests_categories: bool = False
    slug_of_title: Callable[[str], str] | None = None
    keeps_names: bool = False
    address_is_id: bool = False
