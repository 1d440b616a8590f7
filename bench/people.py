"""Import of a million people from a Mailchimp export.

Wall time and peak memory of the whole process.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HEADER = (
    "Email Address,First Name,Last"
    " Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LEID,EUID,NOTES,TAGS\n"
)
CONFIG = '[site]\ntitle = "Bench"\nurl = "https://example.org"\n'


def generate(path: Path, count: int) -> None:
    """Write an export of ``count`` people at 500 domains."""
    with path.open("w") as file:
        file.write(HEADER)
        for n in range(count):
            when = f"2020-01-01 10:00:00,10.0.0.{n % 250},2020-01-01 10:05:00,10.0.0.{n % 250}"
            file.write(f"person.{n}@example{n % 500}.org,Ann{n},Bee,2,{when},{n},e{n},,\n")


def main(count: int) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config.toml").write_text(CONFIG)
        generate(folder / "list.csv", count)
        command = [sys.executable, "-m", "publisher", "subscribers", "import", "list.csv", "--json"]
        started = time.perf_counter()
        with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - started
        print("\n| import of | ends with | wall s | peak MB |\n|---|---|---|---|")
        print(
            f"| {count:,} people | {process.returncode} | {seconds:.1f} |"
            f" {usage.ru_maxrss / 1024:.0f} |",
            flush=True,
        )
