"""``publisher subscribers import`` and ``export``."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from typing import TYPE_CHECKING, Self

from publisher.app import keyring_of, now, open_site
from publisher.cli.printing import config_of, console, print_json, table
from publisher.errors import UsageError
from publisher.membership.csv_columns import recognise
from publisher.membership.importer import Importer
from publisher.subscribers.store import SubscriberStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO, TextIO

    from publisher.membership.csv_columns import Layout
    from publisher.membership.importer import ImportReport

_COLUMNS = (
    "email", "name", "status", "cadence", "tags", "unwanted", "timezone", "language", "created_at",
    "confirmed_at", "consent",
)  # fmt: skip


def import_file(
    file: Path,
    given: Path | None,
    *,
    consent: str,
    dry_run: bool,
    report: Path | None,
    as_json: bool,
) -> int:
    """Bring a list in and tell what became of it; give 1 when rows were refused.

    Raises:
        UsageError: The file cannot be read, or has no column of addresses.
    """
    config = config_of(given)
    site = open_site(config)
    target = report or file.with_name(f"{file.stem}-refused.csv")
    try:
        with file.open("rb") as raw:
            rows = _rows(raw)
            _, header = next(rows, (0, []))
            layout = recognise(header)
            if layout is None:
                found = ", ".join(header[:8]) or "nothing"
                raise UsageError(
                    f"{file}: no column of addresses found (the first line has {found}).",
                    cure="Name one column 'email'.",
                )
            if not as_json:
                _print_layout(layout, header)
            with _Refused(target, dry_run=dry_run) as refused:
                keyring = keyring_of(config)
                importer = Importer(
                    site.database,
                    keyring,
                    layout,
                    consent,
                    file.name,
                    refused.write,
                    dry_run=dry_run,
                )
                done = importer.run(_tracked(rows, raw, file.stat().st_size), now())
    except (OSError, csv.Error) as error:
        raise UsageError(
            f"{file} cannot be read: {error}.", cure="Export it again as CSV."
        ) from error
    _print_report(done, layout, target, dry_run=dry_run, as_json=as_json)
    return 1 if done.refused else 0


class _Refused:
    """The report file of refused rows; made when the first is written."""

    def __init__(self, path: Path, *, dry_run: bool) -> None:
        self.path, self.dry_run = path, dry_run
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, line: int, address: str, reason: str) -> None:
        if self.dry_run:
            return
        if self._file is None:
            # It holds addresses.
            descriptor = os.open(
                self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600
            )
            self._file = os.fdopen(descriptor, "w", encoding="utf-8", newline="")
            csv.writer(self._file).writerow(["line", "address", "reason"])
        csv.writer(self._file).writerow([line, address, reason])


def _rows(raw: BinaryIO) -> Iterator[tuple[int, Sequence[str]]]:
    """Read CSV with its line numbers: comma, semicolon or tab.

    UTF-8, UTF-16 with its mark, or single rows in Windows-1252.
    """
    head = raw.read(65_536)
    raw.seek(0)
    encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    first = head.decode(encoding, "replace").split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    csv.field_size_limit(10_000_000)
    text = io.TextIOWrapper(raw, encoding=encoding, errors="surrogateescape", newline="")
    reader = csv.reader(text, delimiter=delimiter)
    try:
        for cells in reader:
            yield reader.line_num, [_mended(cell) for cell in cells]
    finally:
        if not raw.closed:
            text.detach()


def _mended(cell: str) -> str:
    if cell.isascii():
        return cell
    try:
        cell.encode("utf-8")
    except UnicodeEncodeError:
        return cell.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
    return cell


def _tracked(
    rows: Iterator[tuple[int, Sequence[str]]], raw: BinaryIO, size: int
) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield the rows with a progress bar on a terminal."""
    if not sys.stderr.isatty():
        yield from rows
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True, emoji=False), transient=True) as progress:
        task = progress.add_task("Importing", total=size)
        for number, row in enumerate(rows):
            if number % 1000 == 0:
                progress.update(task, completed=raw.tell())
            yield row


def _print_layout(layout: Layout, header: Sequence[str]) -> None:
    console.print(
        f"Found    an export of {layout.service}"
        if layout.service
        else "Found    a list of no known service"
    )
    rows = table("column", "means")
    for meaning, number in sorted(layout.columns.items(), key=lambda column: column[1]):
        rows.add_row(header[number], meaning.replace("_", " "))
    console.print(rows)
    if layout.of.note:
        console.print(f"Note     {layout.of.note}", style="yellow")
    if layout.unused:
        console.print(f"Not used {', '.join(layout.unused[:20])}", style="dim")


def _print_report(
    done: ImportReport, layout: Layout, target: Path, *, dry_run: bool, as_json: bool
) -> None:
    if as_json:
        counts = {name: getattr(done, name) for name in done.__dataclass_fields__}
        path = str(target) if done.refused and not dry_run else None
        print_json(
            {
                "service": layout.service,
                "note": layout.of.note,
                "columns": dict(layout.columns),
                "dry_run": dry_run,
                **counts,
                "report": path,
            }
        )
        return
    would = "would be " if dry_run else ""
    console.print(f"Active   {done.added:,} {would}added")
    console.print(
        f"Away     {done.kept_away:,} {would}kept away (unsubscribed, bounced or complained there)"
    )
    if done.brought_back:
        console.print(
            f"Back     {done.brought_back:,} {would}active again: version 0.1.0 took them for gone,"
            " and the file says they are not"
        )
    console.print(f"Merged   {done.merged:,}")
    console.print(
        f"Refused  {done.refused:,}"
        + (f", each with its line and reason in {target}" if done.refused and not dry_run else "")
    )
    if done.without_consent:
        console.print(
            f"    {done.without_consent:,} rows prove no consent. If they gave it, say how:",
            style="dim",
        )
        console.print(
            '    --consent "how and when it was given"      (kept with each of them)', style="dim"
        )
    if dry_run:
        console.print("Next     the same without --dry-run")


def export(given: Path | None) -> None:
    """Print the whole list as CSV that ``import`` reads back."""
    site = open_site(config_of(given))
    writer = csv.writer(sys.stdout)
    writer.writerow(_COLUMNS)
    with site.database.reading() as transaction:
        for person in SubscriberStore(transaction).all_subscribers():
            proof = next(
                (
                    event.wording
                    for event in reversed(SubscriberStore(transaction).events(person.key))
                    if event.wording
                ),
                "",
            )
            chosen = person.preferences
            status = "suppressed" if person.suppressed else str(person.state)
            tags = [
                json.dumps(names, ensure_ascii=False) if names else ""
                for names in (chosen.wanted, chosen.unwanted)
            ]
            activated = person.activated.isoformat() if person.activated else ""
            writer.writerow(
                [person.address, _safe(chosen.name), status, str(chosen.cadence), *tags,
                chosen.zone, chosen.language,
                 person.created.isoformat(), activated, _safe(proof)]
            )  # fmt: skip


def _safe(text: str) -> str:
    """Keep spreadsheets from taking a name for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t"} else text
