"""A subscribe form for any page of any site: plain HTML, no script."""

from __future__ import annotations

from html import escape

from publisher.subscribers.models import Cadence

_FORM = """<form method="post" action="{action}">
  <p><label>Mail address <input type="email" name="email" required maxlength="320" \
autocomplete="email"></label></p>
  <p><label>How often
    <select name="cadence">
{cadences}
    </select></label></p>
  <p style="position:absolute;left:-9999px" aria-hidden="true">
    <label>Leave this empty <input name="website" tabindex="-1" autocomplete="off"></label></p>
{next}  <p>{consent}</p>
  <p><button type="submit">Subscribe</button></p>
</form>
"""


def plain_form(action: str, consent: str, next_page: str = "") -> str:
    """Return the form.

    Args:
        action: Where it posts to.
        consent: What stands beside the button.
        next_page: Where to go afterwards; its origin must be in ``web.origins``.
    """
    hidden = (
        f'  <input type="hidden" name="next" value="{escape(next_page)}">\n' if next_page else ""
    )
    cadences = "\n".join(
        f'      <option value="{cadence}">{cadence.words.label}</option>' for cadence in Cadence
    )
    return _FORM.format(
        action=escape(action), consent=escape(consent), next=hidden, cadences=cadences
    )
