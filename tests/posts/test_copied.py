"""Which folders a generator takes into the site it builds."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from publisher.posts.dialects.recognition import is_copied, recognise

COPIED = [
    ("_config.yml", "title: J\n", "state", True),
    ("_config.yml", "title: J\n", "deep/er/state", True),
    ("_config.yml", "title: J\n", ".publisher/state", False),
    ("_config.yml", "title: J\n", "_private/state", False),
    ("_config.yml", "title: J\n", "notes/.kept/state", False),
    ("_config.yml", "title: J\ninclude: [.publisher]\n", ".publisher/state", True),
    ("_config.yml", "title: J\ninclude: ['.*']\n", ".publisher/state", True),
    ("_config.yml", "title: J\ninclude: [notes/.kept]\n", "notes/.kept/state", True),
    ("_config.yml", "title: J\ninclude: [.htaccess]\n", ".publisher/state", False),
    ("_config.yml", "title: J\nexclude:\n  - state\n", "state", False),
    ("_config.yml", "title: J\nexclude: ['sta*']\n", "state", False),
    ("_config.yml", "title: J\nexclude: state\n", "state", True),
    ("_config.yml", "title: J\nsource: src\n", "state", False),
    ("_config.yml", "title: J\nsource: ./src/\n", "src/state", True),
    ("_config.yml", "title: [broken\n", "state", True),
    ("hugo.toml", 'baseURL = "https://h.example"\n', "state", False),
    ("hugo.toml", 'baseURL = "https://h.example"\n', "static/state", True),
    ("hugo.toml", 'baseURL = "https://h.example"\n', "static/.publisher/state", True),
    (
        "hugo.toml",
        'baseURL = "https://h.example"\nstaticDir = ["files", "more"]\n',
        "more/state",
        True,
    ),
    ("hugo.toml", 'baseURL = "https://h.example"\n', "content/posts/state", True),
    ("hugo.toml", 'baseURL = "https://h.example"\n', "content/.publisher/state", False),
    ("config.toml", 'base_url = "https://z.example"\n', "static/state", True),
    ("config.toml", 'base_url = "https://z.example"\n', "state", False),
    ("astro.config.mjs", "export default {}\n", "public/.publisher/state", True),
    ("astro.config.mjs", "export default {}\n", ".publisher/state", False),
    ("pelicanconf.py", "SITENAME = 'P'\n", "content/state", True),
    ("pelicanconf.py", "SITENAME = 'P'\n", "state", False),
    ("pelicanconf.py", "SITENAME = 'P'\nPATH = '.'\n", "state", True),
    ("wp-config.php", "<?php\n", ".publisher/state", True),
    (".eleventy.js", "module.exports = c => { c.addPassthroughCopy('state') }\n", "state", True),
    (
        ".eleventy.js",
        "module.exports = c => { c.addPassthroughCopy('./img/**/*') }\n",
        "state",
        False,
    ),
    (
        "eleventy.config.js",
        'export default c => { c.addPassthroughCopy({ "src/kept": "/" }) }\n',
        "src/kept/state",
        True,
    ),
    (
        "eleventy.config.js",
        "export default c => { c.addPassthroughCopy('**/*') }\n",
        ".publisher/state",
        True,
    ),
    (".eleventy.js", "module.exports = () => ({})\n", "state", False),
]


@pytest.mark.parametrize(("file", "text", "folder", "copied"), COPIED)
def test_a_folder_is_copied_or_left_out_as_the_generator_does_it(
    file: str, text: str, folder: str, *, copied: bool
) -> None:
    """By its rules on names, and by what its configuration includes, excludes and calls source."""
    found = recognise({file: text})
    assert found is not None
    assert is_copied(found, text, PurePosixPath(folder), has_pages=False) is copied


@pytest.mark.parametrize(
    ("text", "ignored", "copied"),
    [
        ("export default () => ({})", (), True),
        ("export default () => ({ dir: { input: 'src' } })", (), False),
        (
            "export default () => ({ dir: { input: '.' } })",
            ("# mine", "_site/", ".publisher/"),
            False,
        ),
        ("export default () => ({})", ("!.publisher/",), True),
        ("export default () => ({})", ("node_modules",), True),
        ("export default () => ({})", (".publisher/newsletters/**",), False),
    ],
)
def test_eleventy_makes_pages_of_newsletters_in_folders_with_a_dot(
    text: str, ignored: tuple[str, ...], *, copied: bool
) -> None:
    """It asks for templates with dots too, below its input, and heeds both files that ignore."""
    found = recognise({"eleventy.config.js": text})
    assert found is not None
    assert (
        is_copied(
            found, text, PurePosixPath(".publisher/newsletters"), has_pages=True, ignored=ignored
        )
        is copied
    )
