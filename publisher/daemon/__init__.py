"""The daemon: APScheduler drives rounds, watchfiles wakes them, signals end them.

::

    watching --+ interval --+--> Jobs.request() --> one worker thread --> publish_once(now) -->
    dated job for what is due next signals  --+
"""
