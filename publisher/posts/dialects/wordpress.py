"""WordPress: exports as Markdown or HTML, and sites that keep its addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.posts.dialects.base import Dialect
from publisher.posts.dialects.site_config import SiteConfig
from publisher.posts.flags import Flag, flags
from publisher.posts.keys import spelled

if TYPE_CHECKING:
    from publisher.posts.dialects.site_config import ConfigFile

_NO_POSTS = frozenset({"page", "attachment", "revision", "navmenuitem"})
_FOLDERS = ("_posts", "posts")


def _is_no_post(value: object) -> bool:
    return spelled(str(value)) in _NO_POSTS


def _is_password(value: object) -> bool:
    return (
        value is not None
        and value is not False
        and value not in ([], {})
        and bool(str(value).strip())
    )


def _read_config(file: ConfigFile) -> SiteConfig:
    return SiteConfig.of("wordpress", file.name, _FOLDERS, {})


WORDPRESS = Dialect(
    name="wordpress",
    keys=("post_title", "post_date"),
    fields={"title": ("post_title",), "summary": ("post_excerpt",)},
    hides={
        **flags("layout type posttype", _is_no_post),
        "password": Flag(_is_password, "it has a password"),
    },
    config_files=("wp-config.php",),
    read_config=_read_config,
    folders=_FOLDERS,
    copies=lambda _file, _folder: True,  # its folder is the web server's
    pattern="/{year}/{month}/{day}/{slug}/",
)
