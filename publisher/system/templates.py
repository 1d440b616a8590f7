"""Where templates are, and the Jinja2 environment that reads them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

    from publisher.config import Config


def templates_folder() -> Path:
    """Return the default templates: inside the wheel, else beside the package in a checkout."""
    inside = Path(__file__).parent.parent / "templates"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "templates"


def templates_of(config: Config) -> Environment:
    """Make the Jinja2 environment: the site's own templates override the default ones by name."""
    from jinja2 import (  # noqa: PLC0415
        FileSystemLoader,
        StrictUndefined,
        select_autoescape,
    )  # only composing needs it
    from jinja2.sandbox import SandboxedEnvironment  # noqa: PLC0415

    folders = [config.templates_folder, templates_folder()]
    return SandboxedEnvironment(
        loader=FileSystemLoader(folders),
        autoescape=select_autoescape(["html"], default_for_string=False, default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
