"""``publisher subscribers``: the list on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.app import now, open_site
from publisher.cli.printing import ago, config_of, console, print_json, table
from publisher.delivery.models import SendFilter
from publisher.delivery.store import DeliveryStore
from publisher.errors import NotFoundError, UsageError
from publisher.membership.embed_form import plain_form
from publisher.membership.steps import RequestOrigin
from publisher.subscribers.email_address import AddressError, check_address
from publisher.subscribers.models import Cadence, Preferences, Subscriber, SubscriberState
from publisher.subscribers.store import SubscriberStore

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.app import App, MailServices
    from publisher.config import Config

_OPERATOR = "command line"


def _open(given: Path | None) -> tuple[Config, App, MailServices]:
    config = config_of(given)
    site = open_site(config)
    return config, site, site.mail_services()


def add(
    address: str,
    given: Path | None,
    *,
    name: str,
    cadence: str,
    tags: str,
    consent: str,
    as_json: bool,
) -> None:
    """Add one person: active when consent is named, else with a confirm mail.

    Raises:
        UsageError: The address or the cadence is none.
    """
    _, _, room = _open(given)
    chosen = Preferences(
        _cadence(cadence), tuple(tag.strip() for tag in tags.split(",") if tag.strip()), name=name
    )
    try:
        person = room.membership.add(
            address, chosen, now(), RequestOrigin(_OPERATOR, wording=consent)
        )
    except AddressError as error:
        raise _no_address(address, error) from error
    room.sender.run(SendFilter(issues=False))
    room.sender.close()
    if as_json:
        print_json(_json(person))
        return
    console.print(f"{person.address}: {person.state}")
    if person.state is SubscriberState.PENDING:
        console.print(
            'Next     a confirm mail asks them; with their consent at hand: --consent "how it was'
            ' given"'
        )
    elif person.state is not SubscriberState.ACTIVE:
        console.print(
            "They left or could not be reached. Only they can come back: by the form and the click"
            " in the confirm mail."
        )


def list_people(given: Path | None, *, state: str, most: int, as_json: bool) -> None:
    """Print the list, by state, newest last.

    Raises:
        UsageError: There is no such state.
    """
    _, site, _ = _open(given)
    wanted = _state(state) if state else None
    with site.database.reading() as transaction:
        counts = SubscriberStore(transaction).count_subscribers()
        people: list[Subscriber] = []
        for person in SubscriberStore(transaction).all_subscribers(wanted):
            if len(people) >= most:
                break
            people.append(person)
    if as_json:
        print_json(
            {
                "counts": {str(name): count for name, count in counts.items()},
                "subscribers": [_json(person) for person in people],
            }
        )
        return
    console.print(
        "People   "
        + (", ".join(f"{count:,} {name}" for name, count in counts.items() if count) or "none yet")
    )
    rows, instant = table("address", "state", "how often", "topics", "since"), now()
    for person in people:
        chosen = person.preferences
        topics = ", ".join([*chosen.wanted, *(f"not {tag}" for tag in chosen.unwanted)]) or "all"
        rows.add_row(
            person.address,
            _shown(person),
            str(chosen.cadence),
            topics,
            ago(person.created, instant),
        )
    if people:
        console.print(rows)
    else:
        console.print(
            "Next     publisher subscribers add ADDRESS, or import FILE, or put 'publisher"
            " subscribers form' into a page"
        )


def show(address: str, given: Path | None, *, as_json: bool) -> None:
    """Print everything known of one person.

    Raises:
        NotFoundError: They are not on the list.
    """
    _, site, _ = _open(given)
    person = _find(site, address)
    with site.database.reading() as transaction:
        events = SubscriberStore(transaction).events(person.key)
        letters = DeliveryStore(transaction).deliveries_of(person.key)
    if as_json:
        history = [
            {
                "at": e.at.isoformat(),
                "what": e.what,
                "state": str(e.state),
                "source": e.source,
                "network": e.network,
                "wording": e.wording,
            }
            for e in events
        ]
        mails = [
            {
                "at": d.queued.isoformat(),
                "message": d.dedup_key,
                "state": str(d.state),
                "message_id": d.message_id,
                "reply": d.reply,
            }
            for d in letters
        ]
        print_json({**_json(person), "history": history, "deliveries": mails})
        return
    console.print(f"{person.address}: {_shown(person)}", style="bold")
    fields = table("field", "value")
    for name, value in _json(person).items():
        if value not in (None, "", [], False):
            fields.add_row(name, ", ".join(value) if isinstance(value, list) else str(value))
    console.print(fields)
    rows = table("when", "what", "state", "from", "network", "wording")
    for event in events:
        rows.add_row(
            f"{event.at:%Y-%m-%d %H:%M:%S}",
            event.what,
            str(event.state),
            event.source,
            event.network,
            event.wording,
        )
    console.print(rows)
    if letters:
        mail = table("queued", "message", "state", "reply")
        for letter in letters:
            mail.add_row(
                f"{letter.queued:%Y-%m-%d %H:%M:%S}",
                letter.dedup_key,
                str(letter.state),
                letter.reply,
            )
        console.print(mail)


def suppress(address: str, given: Path | None) -> None:
    """Unsubscribe an address for good."""
    _, _, room = _open(given)
    try:
        person = room.membership.suppress(address, now(), RequestOrigin(_OPERATOR))
    except AddressError as error:
        raise _no_address(address, error) from error
    console.print(f"{person.address}: {_shown(person)}. No import brings it back.")


def remove(address: str, given: Path | None) -> None:
    """Delete one person's row and history."""
    _, site, room = _open(given)
    person = _find(site, address)
    room.membership.remove(person, now())
    console.print(
        f"{person.address} is off the list, history and all. An import may bring them back;"
        " 'forget' prevents that."
    )


def forget(address: str, given: Path | None) -> None:
    """Erase one person and keep only a keyed hash."""
    _, _, room = _open(given)
    try:
        known = room.membership.forget(address, now())
    except AddressError as error:
        raise _no_address(address, error) from error
    was = "Erased." if known else "They were not on the list."
    console.print(
        f"{was} A keyed hash keeps imports from bringing them back. Backups you made still hold the"
        " address."
    )


def form(given: Path | None, *, next_page: str) -> None:
    """Print a form for any page of any site."""
    config = config_of(given)
    made = plain_form(f"{config.web_url}/subscribe", config.subscribers.consent, next_page)
    # It is the output
    print(made, end="")  # noqa: T201


def _find(site: App, address: str) -> Subscriber:
    try:
        folded = check_address(address).folded
    except AddressError as error:
        raise _no_address(address, error) from error
    with site.database.reading() as transaction:
        person = SubscriberStore(transaction).subscriber(folded=folded)
    if person is None:
        raise NotFoundError(
            f"{address} is not on the list.", cure="'publisher subscribers list' shows who is."
        )
    return person


def _no_address(text: str, error: AddressError) -> UsageError:
    return UsageError(f"{text!r} is no mail address: {error}", cure="Give it as name@example.org.")


def _cadence(text: str) -> Cadence:
    try:
        return Cadence(text)
    except ValueError as error:
        raise UsageError(
            f"{text!r} is no cadence.", cure=f"Known are {', '.join(map(repr, map(str, Cadence)))}."
        ) from error


def _state(text: str) -> SubscriberState:
    try:
        return SubscriberState(text)
    except ValueError as error:
        raise UsageError(
            f"{text!r} is no state.", cure=f"Known are {', '.join(SubscriberState)}."
        ) from error


def _shown(person: Subscriber) -> str:
    return f"{person.state} (suppressed)" if person.suppressed else str(person.state)


def _json(person: Subscriber) -> dict[str, object]:
    chosen = person.preferences
    return {
        "address": person.address,
        "state": str(person.state),
        "suppressed": person.suppressed,
        "cadence": str(chosen.cadence),
        "wanted": list(chosen.wanted),
        "unwanted": list(chosen.unwanted),
        "zone": chosen.zone,
        "language": chosen.language,
        "name": chosen.name,
        "created": person.created.isoformat(),
        "activated": person.activated.isoformat() if person.activated else None,
    }
