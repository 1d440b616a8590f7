"""A body as written becomes safe, absolute, well-formed HTML.

::

    body -> comments out -> shortcodes -> markdown | html | rst -> embeds -> clean (nh3, absolute
    addresses) -> highlight -> Rendered

Nothing in a post is executed or fetched. ``publisher.markup.render`` loads several libraries; this
package itself loads none.
"""

from importlib.util import find_spec

RENDERER = "4"
"""Changes when the same body would render differently: it keys the cache of rendered bodies."""


def rst_available() -> bool:
    """Say whether docutils is installed (``pip install 'publisher[rst]'``)."""
    return find_spec("docutils") is not None
