"""What inlining loads and does not load."""

from __future__ import annotations

import subprocess
import sys

ASK = """
import sys
from publisher.newsletter.css import inline_styles
assert 'style="color:red"' in inline_styles("<style>p { color: red }</style><p>Words</p>")
print([name for name in ("requests", "premailer") if name in sys.modules])
"""


def test_nothing_that_could_fetch_is_loaded() -> None:
    """Premailer runs without ``requests``, and who wants it afterwards finds the real one.

    Seen to fail without the stand-in.
    """
    run = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "['premailer']"
    run = subprocess.run(
        [sys.executable, "-c", f"{ASK}\nimport requests\nprint(requests.get)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "function get" in run.stdout
