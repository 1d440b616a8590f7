"""The configuration file: found, read, overridden by the environment, checked, frozen.

::

    find_config() -> path        load_config(path, environ) -> Config

Sections and keys are the models of :mod:`publisher.config.sections`; this package imports nothing else of ours but errors and characters.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _without_plugins() -> Iterator[None]:
    """Keep pydantic from looking for plugins: it reads what every installed package says of itself, which is a tenth of a start."""
    name = "PYDANTIC_DISABLE_PLUGINS"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


with _without_plugins():
    from publisher.config.load import find_config, load_config
    from publisher.config.sections import (
        Config,
        DeliveryConfig,
        FeedsConfig,
        HooksConfig,
        LogConfig,
        NewsletterConfig,
        OutputConfig,
        PostsConfig,
        ScheduleConfig,
        SiteConfig,
        StateConfig,
        WebConfig,
    )

__all__ = [
    "Config",
    "DeliveryConfig",
    "FeedsConfig",
    "HooksConfig",
    "LogConfig",
    "NewsletterConfig",
    "OutputConfig",
    "PostsConfig",
    "ScheduleConfig",
    "SiteConfig",
    "StateConfig",
    "WebConfig",
    "find_config",
    "load_config",
]
