"""The layers of docs/architecture.md, enforced over the imports."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "publisher"

VOCABULARY = (
    "publisher.errors",
    "publisher.errors",
    "publisher.markup.comments",
    "publisher.markup.opaque_ranges",
    "publisher.errors",
    "publisher.system.restore_mark",
    "publisher.config",
    "publisher.posts.terms",
    "publisher.posts.feed_ids",
    "publisher.system.urls",
    "publisher.errors",
    "publisher.subscribers.models",
)
PURE = (
    "publisher.posts",
    "publisher.subscribers",
    "publisher.delivery",
    "publisher.markup",
    "publisher.publishing.decisions",
    "publisher.feeds",
    "publisher.newsletter",
    "publisher.publishing.adoption",
)
EDGES = (
    "publisher.posts.folder",
    "publisher.database",
    "publisher.system.files",
    "publisher.system.spool",
    "publisher.system.hooks",
    "publisher.system.systemd",
    "publisher.system.http",
    "publisher.publishing.page_check",
    "publisher.posts.images",
    "publisher.delivery.transports.maildir",
    "publisher.delivery.transports.smtp",
    "publisher.system.processes",
    "publisher.system.worker_pool",
    "publisher.system.garbage",
    "publisher.system.health",
)
CONVEYORS = ("publisher.publishing",)
SURFACES = (
    "publisher.app",
    "publisher.mail_app",
    "publisher.cli",
    "publisher.daemon",
    "publisher.web",
    "publisher.system.logging",
    "publisher.__main__",
)
LAYERS = (VOCABULARY, PURE, EDGES, CONVEYORS, SURFACES)

CLOCKS_AND_DOORS = frozenset(
    {
        "time",
        "socket",
        "subprocess",
        "urllib.request",
        "http",
        "sqlite3",
        "sqlalchemy",
        "threading",
        "random",
    }
)


def _modules() -> list[str]:
    paths = [path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts]
    names = [
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        for path in paths
    ]
    return sorted(name for name in names if name != "publisher")


def _belongs(module: str, name: str) -> bool:
    return module == name or module.startswith(f"{name}.")


def _layer(module: str) -> int:
    best = max(
        (
            (len(name), number)
            for number, names in enumerate(LAYERS)
            for name in names
            if _belongs(module, name)
        ),
        default=(0, -1),
    )
    return best[1]


def _stage(module: str) -> str:
    return max(
        (name for name in (*PURE, *EDGES) if _belongs(module, name)), key=len, default=module
    )


def _imports(module: str) -> set[str]:
    """Everything a module imports, also inside functions.

    Imports for type checking only are free.
    """
    path = PACKAGE.parent / Path(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    tree = ast.parse(file.read_text("utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If)
        and isinstance(node.test, ast.Name)
        and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize("module", _modules())
def test_every_module_has_a_layer_and_imports_only_downwards(module: str) -> None:
    """Vocabulary < pure stages < edges < conveyors < surfaces.

    Stages and edges do not import each other.
    """
    layer = _layer(module)
    assert layer >= 0, f"{module} is in no layer: list it at the top of tests/test_layers.py"
    known = set(_modules())
    for imported in sorted(_imports(module) & known):
        below = _layer(imported)
        assert below <= layer, f"{module} imports {imported}, which is in a higher layer"
        if layer in {1, 2} and below == layer:
            assert _stage(imported) == _stage(module), (
                f"{module} imports {imported}, another stage of its own layer"
            )
        if _layer(module) == 3:
            assert below != 2, (
                f"{module} imports the edge {imported}: it is handed in by publisher.app"
            )


@pytest.mark.parametrize(
    "module",
    [
        module
        for module in _modules()
        if _layer(module) <= 1 and not _belongs(module, "publisher.config")
    ],
)
def test_pure_stages_have_no_clock_and_no_door(module: str) -> None:
    """Decisions take ``now``; nothing pure reads a clock, a file, the network or a database."""
    doors = {
        name
        for name in _imports(module)
        if name in CLOCKS_AND_DOORS or name.split(".")[0] in CLOCKS_AND_DOORS
    }
    assert not doors, f"{module} imports {sorted(doors)}"
    path = PACKAGE.parent / Path(*module.split("."))
    text = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text("utf-8")
    for call in (
        "datetime.now(",
        "datetime.utcnow(",
        "date.today(",
        "open(",
        ".read_text(",
        ".read_bytes(",
        ".write_text(",
    ):
        assert call not in text, f"{module} calls {call}…)"


def test_modules_stay_readable_in_one_sitting() -> None:
    """Past 560 lines a module is two modules."""
    files = [*PACKAGE.rglob("*.py"), *Path(__file__).parent.rglob("*.py")]
    long = {
        str(path.relative_to(PACKAGE.parent)): lines
        for path in files
        if (lines := path.read_text("utf-8").count("\n")) > 560
    }
    assert not long
