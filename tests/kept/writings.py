"""What the kept site's author wrote, and who reads it.

Our own words, at addresses that belong to nobody.
"""

from __future__ import annotations

CONFIG = """[site]
title = "The Harbour Letter"
url = "https://harbour.example.org"
description = "Notes from a small harbour."
language = "en"
timezone = "Europe/Berlin"
author = "Mira Lind"

[posts]
url = "/{slug}/"

[feeds]
entries = 40
authors = false

[newsletter]
from = "Mira Lind <mira@harbour.example.org>"
postal_address = "Quay 4, Port Example"
delay = "30m"
wait_for_page = false

[delivery]
transport = "smtp"

[smtp]
host = "127.0.0.1"
port = 2525
tls = "none"
connections = 1

[web]
url = "https://news.example.org"
port = 8025
"""

OLD_FEED = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<title>The Harbour Letter, as it was</title><id>https://old.example.org/</id>\
<updated>2025-12-12T08:00:00Z</updated>
<entry><title>First light</title><id>urn:harbour:first-light</id>
<link href="https://harbour.example.org/first-light/"/><updated>2025-11-03T06:00:00Z</updated>
<published>2025-11-03T06:00:00Z</published></entry>
<entry><title>Winter stores</title><id>urn:harbour:winter-stores</id>
<link href="https://harbour.example.org/winter-stores/"/><updated>2025-12-10T06:00:00Z</updated>
<published>2025-12-10T06:00:00Z</published></entry>
<entry><title>The buoy tender</title><id>urn:harbour:the-buoy-tender</id>
<link href="https://harbour.example.org/the-buoy-tender/"/><updated>2025-10-01T06:00:00Z</updated>
<published>2025-10-01T06:00:00Z</published></entry>
</feed>
"""
"""Of its three entries the third has no post yet."""

PEOPLE = """email,name,state,cadence,tags,unwanted,timezone,language,consent
ben@example.net,Ben,active,every post,,,,,paper list of May
Kim@example.com,Kim the elder,active,every post,,,,,paper list of May
kim@example.com,Kim the younger,active,every post,,,,,paper list of May
Noor@example.net,Noor,unsubscribed,every post,,,,,
noor@example.net,noor,active,every post,,,,,paper list of May
olga@example.org,Olga,active,every post,boats,,,,paper list of May
paul@example.net,Zoë Paul,active,every post,,weather,,fr,paper list of May
jo@bücher.example.org,Jo,active,every post,,,,de,paper list of May
dan@example.com,Dan,active,daily,,,,,paper list of May
dora@example.net,Dora,active,daily,,,Asia/Tokyo,,paper list of May
wim@example.org,Wim,active,weekly,,,,,paper list of May
wes@example.com,Wes,active,weekly,boats,,America/New_York,,paper list of May
moni@example.net,Moni,active,monthly,,,,,paper list of May
fay@example.net,Fay,active,every post,,,,,paper list of May
una@example.net,Una,active,every post,,,,,paper list of May
skye@example.com,Skye,active,every post,,,,,paper list of May
defne@example.net,Defne,active,every post,,,,,paper list of May
sena@example.org,Sena,active,every post,,,,,paper list of May
ulla@example.com,Ulla,active,every post,,,,,paper list of May
fritz@example.net,Fritz,active,every post,,,,,paper list of May
remo@example.net,Remo,active,every post,,,,,paper list of May
bo@example.net,Bo,bounced,every post,,,,,
cora@example.org,Cora,complained,every post,,,,,
"""


def post(title: str, date: str, words: str, **front: str) -> str:
    """Return a file's text."""
    lines = [
        f"title: {title}",
        *([f"date: {date}"] if date else []),
        *(f"{key}: {value}" for key, value in front.items()),
    ]
    return "---\n" + "\n".join(lines) + f"\n---\n{words}\n"


FIRST = {
    "first-light.md": post(
        "First light",
        "2025-11-03 07:00",
        "The lamps go out one by one.\n\nThen the *gulls* begin.",
        tags="[boats]",
    ),
    "winter-stores.md": post(
        "Winter stores",
        "2025-12-10 07:00",
        "We counted ropes, tins and [candles](/first-light/).",
        tags="[boats, weather]",
        categories="Logbook",
    ),
    "notes/without-a-date.md": post("Without a date", "", "Somebody wrote this and said not when."),
    "breakwater.html": post(
        "Breakwater",
        "2026-01-15 07:00",
        "<p>Stones, <strong>larger</strong> than the last ones.</p>",
        tags="[weather]",
    ),
    "pier-plans.md": post("Pier plans", "2026-02-20", "Not to be read yet.", draft="true"),
    "spring-tide.md": post(
        "Spring tide", "2026-03-20 07:00", "The highest water of the year comes tonight."
    ),
    "regatta-tickets.md": post(
        "Regatta tickets", "2025-08-01", "Sold out.", expiryDate="2025-09-01"
    ),
    "quiet-week.md": post(
        "Quiet week",
        "2026-02-01 07:00",
        "For those who come by, not for the letter.",
        newsletter="false",
    ),
    "broken.md": (
        "---\ntitle: [Broken\ndate: 2026-02-02\n---\nWords behind a bracket that nobody closed.\n"
    ),
    "about.md": post("About", "2025-01-01", "Who we are.", layout="page"),
}
"""What lies there at the first run: baseline, draft, scheduled, expired, skipped, invalid and
ignored."""

SAND = post(
    "Written in sand",
    "2026-03-02 09:00",
    "This one was written to a folder, and sent to nobody.",
    tags="[weather]",
)
ROPES = post(
    "Ropes and knots",
    "2026-03-03 09:00",
    "A bowline, twice around, and [once more](/winter-stores/).",
    tags="[boats]",
)
GALE = post("A gale of letters", "2026-03-03 14:00", "The postman came when the wind did.")
ATTIC = post(
    "From the attic",
    "2025-06-01 09:00",
    "A trunk of charts.\n\n> Here be sandbanks.\n\nNobody had looked for years.",
    tags="[boats]",
)
SHEET = post("The lost sheet", "2025-07-01 09:00", "It was behind the stove.")
THOUGHTS = post("Second thoughts", "2025-07-02 09:00", "Better not.")
CROSSING = post("Cancelled crossing", "2026-03-04 12:00", "Fog. Nobody sails.")
PILOT = post("The harbour pilot", "2026-03-04 16:00", "She knows every stone by its *other* name.")
LAMP = post("Lamp oil", "2026-03-05 11:00", "Three barrels, one of them empty.")
BULK = {
    f"tide-table-{n}.md": post(
        f"Tide table {n}", f"2026-03-05 0{n}:00", f"High water at {n} o'clock, {word}."
    )
    for n, word in enumerate(("cold", "grey", "slow", "loud", "clear", "late"), 1)
}
FERRY = post(
    "Night ferry", "2025-05-05 09:00", "It came at four, with one passenger.\n\n- a hat\n- a parrot"
)
FOG = post("Fog signals", "2026-03-06 09:00", "Two long, one short.", tags="[boats]")
WATER = post("Low water", "2026-03-06 10:00", "You can walk to the island until noon.")
