"""From the posts folder to Post.

::

    scan (stat the tree) -> read (bytes) -> decode -> front_matter -> fields -> Post

``scan`` is the only module here that touches the disk; the rest is values in, values out.
``visibility`` says who may see a file, by its path, its flags (in any ``spelling``) and the
``words`` of its status; ``moments`` says from when until when, of ``dates`` as people write them.
``titles``, ``dialects`` and ``values`` each read one kind of field; ``addresses`` knows where each
generator puts a page; ``generators`` recognises one by its configuration file, ``formats`` what
only they read.
"""
