"""The ``publisher`` command: one module for each group of commands.

Heavy imports load when a command runs.
"""

from publisher.system.garbage import collect_no_more, collect_seldom


def main() -> None:
    """Run the command line."""
    # First: going through what is being loaded, again and again, takes a twentieth of loading it.
    collect_seldom()
    from publisher.cli.commands import run

    try:
        run()
    finally:
        collect_no_more()
