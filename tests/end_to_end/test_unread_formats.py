"""Files that a site's generator reads and this program does not: whoever has some is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.commands import publisher
from tests.end_to_end.site import Site

if TYPE_CHECKING:
    from pathlib import Path


def test_init_check_and_status_name_what_is_not_read(tmp_path: Path) -> None:
    """How many, of which format, and what to do; it is no error."""
    blog = tmp_path / "src" / "content" / "blog"
    blog.mkdir(parents=True)
    (tmp_path / "astro.config.mjs").write_text(
        "export default { site: 'https://example.org' };\n", "utf-8"
    )
    for name in ("a.mdx", "b.mdx", "c.qmd"):
        (blog / name).write_text("---\ntitle: T\n---\nWords.\n", "utf-8")
    started = publisher("init", tmp_path, cwd=tmp_path)
    checked = publisher("check", cwd=tmp_path)
    told = publisher("status", cwd=tmp_path)
    for done in (started, checked, told):
        assert done.returncode == 0, done.stderr
        said = " ".join(done.stdout.split())
        assert "src/content/blog: Files in formats that are not read here" in said
        assert "2 .mdx, 1 .qmd" in said
        assert "posts.extensions" in said


def test_scripts_are_told_too(tmp_path: Path) -> None:
    """As one warning of ``check`` and ``status``; a site without such files has none."""
    site = Site(tmp_path)
    for command in ("check", "status"):
        before = json.loads(publisher(command, "--json", "-c", site.config_file).stdout)["problems"]
        (site.posts / "a.org").write_text("* Words\n", "utf-8")
        after = json.loads(publisher(command, "--json", "-c", site.config_file).stdout)["problems"]
        (new,) = [problem for problem in after if problem not in before]
        assert (new["level"], new["path"]) == ("warning", "posts")
        assert "1 .org" in new["message"]
        (site.posts / "a.org").unlink()
