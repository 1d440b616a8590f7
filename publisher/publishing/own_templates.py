"""Whether a site has templates of its own, and what is wrong with them.

Of most sites only this module is loaded.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from publisher.system.templates import templates_of

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.config import Config
    from publisher.errors import Problem


OWN_TEMPLATES = ("newsletter/", "web/")
"""Templates of ours; whatever else a site keeps in its templates folder belongs to its
generator."""


def has_templates(folder: Path) -> bool:
    """Return whether a site has templates of its own."""
    return any((folder / name).is_dir() for name in OWN_TEMPLATES)


def template_faults(config: Config) -> list[Problem]:
    """Return the faults of the site's own templates, written as those of posts are.

    The words name file and line.
    """

    def named(problem: Problem) -> Problem:
        where = (
            f"{problem.path}{f':{problem.line}' if problem.line else ''}: " if problem.path else ""
        )
        return replace(problem, path="", line=None, found=f"{where}{problem.found}")

    return [named(problem) for problem in template_problems(config)]


def template_problems(config: Config) -> list[Problem]:
    """Return the faults of the site's own templates, where it has any."""
    if not has_templates(config.templates_folder):
        return []
    from publisher.publishing.template_check import check_templates  # noqa: PLC0415

    return list(check_templates(config, templates_of(config)))
