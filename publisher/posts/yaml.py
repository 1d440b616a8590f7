"""Front matter that is more than plain YAML, read by python-frontmatter's handler and PyYAML.

Loaded for the first such file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml
from frontmatter.default_handlers import YAMLHandler
from yaml import YAMLError

if TYPE_CHECKING:
    from publisher.posts.budget import Budget


__all__ = ["Loader", "YAMLError", "load_yaml"]


class Loader(
    yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader,  # type: ignore[misc]
):
    """PyYAML's safe loader, with dates left as they are written.

    Impossible ones would raise, and formats would be lost.
    """


Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if not tag.endswith((":timestamp", ":int", ":float"))
    ]
    for first, resolvers in Loader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789")
)
Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+\.[0-9]+$"), list("-+0123456789")
)

_SMALL = 4096
"""Characters which without an alias cannot stand for much."""


def load_yaml(source: str, budget: Budget) -> object:
    """Read YAML, once it is known that it does not stand for more than a file may.

    Raises:
        YAMLError: It is wrong.
        TooMuchError: It expands to more than the budget.
        ValueError: A value in it is impossible.
    """
    if "*" in source or len(source) > _SMALL:
        budget.check_yaml(yaml.parse(source, Loader=Loader))
    value: object = YAMLHandler().load(source, Loader=Loader)
    budget.check_built(value)
    return value
