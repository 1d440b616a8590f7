"""A body as written becomes safe, absolute, well-formed HTML.

::

    body -> shortcodes -> markdown | html | rst -> embeds -> clean (nh3, absolute addresses) -> highlight -> Rendered

Nothing in a post is executed or fetched.
"""

from publisher.markup.render import RENDERER, render

__all__ = ["RENDERER", "render"]
