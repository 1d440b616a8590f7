"""A process's name, and whether another one has ended."""

from __future__ import annotations

import subprocess
import sys

from publisher.processes import has_ended, process_name


def test_a_living_process_has_not_ended_and_a_dead_one_has() -> None:
    """Its own machine, boot and namespace of process ids: there it can be known."""
    script = "import sys; from publisher.processes import process_name; print(process_name(), flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        name = other.stdout.readline().strip()
        assert name != process_name()
        assert not has_ended(name)
        other.kill()
        other.wait()
    assert has_ended(name)
    assert not has_ended(process_name())


def test_of_a_process_elsewhere_nothing_is_known() -> None:
    """Another host, another boot, another container: only its lease tells."""
    host, boot, namespace, pid, started = process_name().rsplit(":", 4)
    for name in (f"elsewhere:{boot}:{namespace}:{pid}:{started}", f"{host}:0:{namespace}:1:1", f"{host}:{boot}:7:1:1", "nonsense", ""):
        assert not has_ended(name)


def test_a_process_id_used_again_is_another_process() -> None:
    """The time it started tells them apart."""
    assert has_ended(process_name().rpartition(":")[0] + ":1")
