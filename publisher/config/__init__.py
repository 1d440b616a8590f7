"""The configuration file: found, read, overridden by the environment, checked, frozen.

::

    find_config() -> path        load_config(path, environ) -> Config

Sections and keys are the models of :mod:`publisher.config.sections`; this package imports nothing
else of ours but errors and characters.
"""

from publisher.config.plugins import plugins_off

with plugins_off():
    from publisher.config.configuration import Config
    from publisher.config.load import find_config, load_config
    from publisher.config.mail_sections import DeliveryConfig, NewsletterConfig
    from publisher.config.sections import FeedsConfig, OutputConfig, PostsConfig, SiteConfig
    from publisher.config.service_sections import (
        HooksConfig,
        LogConfig,
        ScheduleConfig,
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
