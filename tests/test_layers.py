"""The order of the packages (docs/architecture.md), enforced over the imports."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "publisher"

ORDER = (
    "errors", "config", "system", "database", "markup", "posts", "feeds", "subscribers",
    "newsletter", "delivery", "digests", "mail", "issues", "membership", "publishing", "web",
    "daemon", "app", "cli",
)  # fmt: skip
"""Each package imports only packages that stand before it, for type checking too."""

EXCEPTIONS: dict[str, str] = {
    "database -> subscribers": "the keyring of the state folder signs tokens",
    "feeds -> publishing": "who writes feeds is given a site instead of what it uses",
    "newsletter -> publishing": "the same for who composes issues",
    "digests -> publishing": "the same for who composes digests",
    "issues -> publishing": "the same for who releases issues",
    "delivery -> mail": "the sender is given the factory of messages",
    "delivery -> issues": "the sender is given what begins and finishes issues",
    "daemon -> mail_app": "the mail thread is given all mail services",
}
"""What does not hold yet, and why."""

LONGEST = 300
"""Lines of a module: past them it is two."""
"""Lines of a module of tests."""

EDGES = (
    "publisher.config.load", "publisher.config.places", "publisher.system", "publisher.database",
    "publisher.web", "publisher.daemon", "publisher.app", "publisher.cli",
    "publisher.__main__",
)  # fmt: skip
"""Packages that speak with the machine."""
DRIVERS = (
    "publisher.posts.folder", "publisher.posts.scanner", "publisher.posts.images",
    "publisher.delivery.transports", "publisher.delivery.postfix_log", "publisher.delivery.workers",
    "publisher.publishing.page_check", "publisher.membership.csv_rows",
)  # fmt: skip
"""Modules of other packages that may open a file or a connection."""
DOORS = frozenset({
    "time", "socket", "subprocess", "urllib.request", "http", "sqlite3", "threading", "random",
})  # fmt: skip
"""What reads a clock, a disk or the network."""
WAITS = {
    "publisher.delivery.connection_pool": "one thread for each connection",
    "publisher.delivery.message_factory": "several connections share what it keeps",
    "publisher.issues.batch_worker": "it ends when it is told to",
    "publisher.publishing.adoption": "feedparser's dates are of this type",
}


def _modules() -> list[str]:
    paths = [path for path in PACKAGE.rglob("*.py") if "versions" not in path.parts]
    names = (".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts) for path in paths)
    return sorted(name.removesuffix(".__init__") for name in names)


MODULES = [name for name in _modules() if name != "publisher"]


def _tree(module: str) -> ast.Module:
    path = PACKAGE.parent / Path(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.parse(file.read_text("utf-8"))


def _imports(module: str) -> set[str]:
    """Everything a module imports, inside functions and for type checking too."""
    found: set[str] = set()
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def _package(module: str) -> str:
    return module.split(".")[1]


def _belongs(module: str, names: tuple[str, ...]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in names)


def _climbs() -> dict[str, list[str]]:
    """Name the imports that go upwards, by the two packages."""
    climbing: dict[str, list[str]] = {}
    for module in MODULES:
        if module == "publisher.__main__":
            continue
        mine = _package(module)
        for imported in sorted(_imports(module) & set(MODULES)):
            other = _package(imported)
            if ORDER.index(other) > ORDER.index(mine):
                climbing.setdefault(f"{mine} -> {other}", []).append(f"{module} -> {imported}")
    return climbing


def test_packages_import_only_what_stands_before_them() -> None:
    """One list, from the smallest vocabulary to the commands."""
    assert _climbs() == {}


@pytest.mark.parametrize(
    "module", [name for name in MODULES if not _belongs(name, (*EDGES, *DRIVERS))]
)
def test_rules_have_no_clock_and_no_door(module: str) -> None:
    """Decisions take ``now``; what is no edge reads no clock, no file and no network."""
    if module in WAITS:
        return
    doors = {name for name in _imports(module) if name in DOORS or name.split(".")[0] in DOORS}
    assert not doors, f"{module} imports {sorted(doors)}"
    path = PACKAGE.parent / Path(*module.split("."))
    text = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text("utf-8")
    calls = (
        "datetime.now(", "datetime.utcnow(", "date.today(", " open(", ".read_text(",
        ".read_bytes(", ".write_text(",
    )  # fmt: skip
    for call in calls:
        assert call not in text, f"{module} calls {call}…)"


def test_modules_stay_readable_in_one_sitting() -> None:
    """Past its limit a module is two modules."""
    long = {
        str(path.relative_to(PACKAGE.parent)): lines
        for folder in (PACKAGE, Path(__file__).parent)
        for path in folder.rglob("*.py")
        if (lines := path.read_text("utf-8").count("\n")) > LONGEST
    }
    assert not long
