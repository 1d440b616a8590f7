"""From the posts folder to Post.

::

    scan (stat the tree) -> read (bytes) -> decode -> front_matter -> fields -> Post

``scan`` is the only module here that touches the disk; the rest is values in, values out. ``dates``, ``titles``, ``terms`` and
``enclosures`` each read one kind of field; ``addresses`` knows where each generator puts a page; ``generators`` recognises one by its
configuration file.
"""
