"""A process's name, and whether another one has ended."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from publisher.system.processes import has_ended, on_one_processor, process_name


def test_a_living_process_has_not_ended_and_a_dead_one_has() -> None:
    """Its own machine, boot and namespace of process ids: there it can be known."""
    script = (
        "import sys; from publisher.system.processes import process_name; print(process_name(),"
        " flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
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
    for name in (
        f"elsewhere:{boot}:{namespace}:{pid}:{started}",
        f"{host}:0:{namespace}:1:1",
        f"{host}:{boot}:7:1:1",
        "nonsense",
        "",
    ):
        assert not has_ended(name)


def test_a_process_id_used_again_is_another_process() -> None:
    """The time it started tells them apart."""
    assert has_ended(process_name().rpartition(":")[0] + ":1")


@pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity"),
    reason="this system does not let a program choose its processors",
)
def test_threads_share_one_processor_for_a_while() -> None:
    """And may run on every one again afterwards; a thread that is gone is no matter."""
    before, done = os.sched_getaffinity(0), threading.Event()
    other = threading.Thread(target=done.wait, args=(10,))
    other.start()
    assert other.native_id is not None
    with on_one_processor([other.native_id, 2**22 + 1]):
        assert len(os.sched_getaffinity(0)) == 1
        assert os.sched_getaffinity(other.native_id) == os.sched_getaffinity(0)
    assert os.sched_getaffinity(0) == os.sched_getaffinity(other.native_id) == before
    done.set()
    other.join()
