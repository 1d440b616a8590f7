"""Conditional GETs of feeds beside a working daemon.

500 requests a second for 30 s, by wrk, while a post is saved every second.
"""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import builds

SECONDS = 30
CONNECTIONS = 50
SCRIPT = """
local paths = {{ {paths} }}
local tags = {{ {tags} }}
local threads = {{}}
local turn = 0
function setup(thread) table.insert(threads, thread) end
function init(args) others = 0 end
function delay() return {delay} end
function request()
  turn = turn % #paths + 1
  return wrk.format("GET", paths[turn], {{ ["If-None-Match"] = tags[turn] }})
end
function response(status) if status ~= 304 then others = others + 1 end end
function done(summary, latency)
  local sum = 0
  for _, thread in ipairs(threads) do sum = sum + thread:get("others") end
  io.write(string.format("RESULT %d %.1f %.2f %.2f %.2f %d\\n", summary.requests, \
summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000, sum))
end
"""
CONFIG = (
    '[site]\ntitle = "Bench"\nurl = "{url}"\n[posts]\nsettle = 0\n[feeds]\nentries = 20\n[web]\nurl'
    ' = "{url}"\nport = {port}\n'
)


def main() -> None:
    """Print the table, or say why not."""
    if shutil.which("wrk") is None:
        print("\nweb: not measured, wrk is not installed (Debian: apt install wrk)")
        return
    with tempfile.TemporaryDirectory() as name:
        site = Path(name)
        builds.generate(site / "posts", 1000)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        (site / "config.toml").write_text(CONFIG.format(url=url, port=port))
        subprocess.run(
            [sys.executable, "-m", "publisher", "build"],
            cwd=site,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        daemon = subprocess.Popen(
            [sys.executable, "-m", "publisher", "run"], cwd=site, stderr=subprocess.DEVNULL
        )
        try:
            wait_for(url)
            print(
                "\n| conditional GETs beside | requests | a second | median ms | p99 ms | most ms |"
                " not 304 |"
            )
            print("|---|---|---|---|---|---|---|")
            _measure("an idle daemon", site, url)
            ending = threading.Event()
            saver = threading.Thread(target=_save, args=(site, ending))
            saver.start()
            _measure("a daemon that publishes an edit a second", site, url)
            ending.set()
            saver.join()
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(20)


def _save(site: Path, ending: threading.Event) -> None:
    """Edit an old post every second: the round works, the feeds asked for stay as they are."""
    turn = 0
    while not ending.wait(1.0):
        turn += 1
        with (site / "posts" / f"post-{turn % 100:05d}.md").open("a") as post:
            post.write(f"\nEdit {turn}.\n")


def _measure(beside: str, site: Path, url: str) -> None:
    paths = ["/feed.xml", "/atom.xml", "/feed.json"]
    tags = []
    for path in paths:
        with urllib.request.urlopen(url + path) as answer:
            tags.append(answer.headers["ETag"])
    script = site / "wrk.lua"
    quoted = ", ".join(f"'{path}'" for path in paths), ", ".join(f"'{tag}'" for tag in tags)
    script.write_text(
        SCRIPT.format(paths=quoted[0], tags=quoted[1], delay=1000 * CONNECTIONS // 500 - 3)
    )
    command = [
        "wrk",
        "-t",
        "2",
        "-c",
        str(CONNECTIONS),
        "-d",
        f"{SECONDS}s",
        "-s",
        str(script),
        url,
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = re.search(r"RESULT (\S+) (\S+) (\S+) (\S+) (\S+) (\S+)", done.stdout)
    if found is None:
        raise SystemExit(done.stdout + done.stderr)
    print(f"| {beside} | {' | '.join(found.groups())} |", flush=True)


def wait_for(url: str) -> None:
    """Wait until a daemon answers that it is ready."""
    for _ in range(200):
        try:
            urllib.request.urlopen(url + "/readyz").close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the daemon does not answer")
