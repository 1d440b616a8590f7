"""From entries to feed documents: RSS 2.0, Atom 1.0, JSON Feed 1.1, RFC 5005 archives, OPML.

Values in, bytes out.

``layout`` says which documents a site has and where; ``render`` serialises entries and puts
documents together; ``xml`` builds RSS and Atom with feedgen and ``corrections`` mends what it gets
wrong; ``jsonfeed`` and ``opml`` write the other two; ``archives`` cuts the history into documents
that stay put.
"""

from publisher.feeds.model import Archive, FeedDocument, RenderedFeed
from publisher.feeds.render import render

__all__ = ["Archive", "FeedDocument", "RenderedFeed", "render"]
