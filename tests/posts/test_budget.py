"""What front matter stands for is counted before anything is built of it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from publisher.posts.budget import Budget, TooMuchError
from publisher.posts.dialects.recognition import recognise
from publisher.posts.front_matter import FrontMatterError, split

if TYPE_CHECKING:
    from collections.abc import Iterator


_BYTES_LEFT = 300_000_000


def _aliases(first: int, times: int, levels: int, key: str, form: str = "[{}]") -> str:
    lines = [f"a0: &a0 [{','.join(['xx'] * first)}]"]
    lines += [
        f"a{n}: &a{n} {form.format(','.join([f'*a{n - 1}'] * times))}" for n in range(1, levels)
    ]
    return "\n".join([*lines, f"{key}: *a{levels - 1}"])


def _yaml(text: str) -> str:
    return f"---\ndate: 2026-11-30\n{text}\n---\nx\n"


def _toml(text: str) -> str:
    return f'+++\ntitle = "t"\n{text}\n+++\nx\n'


MERGED = "\n".join(
    [
        "m0: &m0 {a: 1, b: 2}",
        *(f"m{n}: &m{n} {{<<: [{','.join([f'*m{n - 1}'] * 9)}]}}" for n in range(1, 12)),
        "title: {<<: *m11}",
    ]
)

BOMBS = {
    "aliases under tags": _yaml(_aliases(1000, 5, 9, "tags")),
    "aliases under title": _yaml(_aliases(15_000, 3, 17, "title")),
    "aliases under extra": _yaml(_aliases(10, 9, 12, "anything")),
    "few long scalars": _yaml(f"s: &s {'x' * 30_000}\ntags: [{', '.join(['*s'] * 5000)}]"),
    "merge keys": _yaml(MERGED),
    "itself": _yaml("a: &a [1, *a]"),
    "itself by a merge key": _yaml("a: &a {b: 1, <<: *a}"),
    "depth by aliases": _yaml(
        "\n".join(
            ["a0: &a0 [1]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 60)), "title: *a59"]
        )
    ),
    "brackets": _yaml("a: " + "[" * 60_000),
    "maps": _yaml("a: " + "{a: " * 15_000),
    "dashes": _yaml("a:\n  " + "- " * 30_000),
    "indents": _yaml("\n".join(" " * n + "a:" for n in range(300))),
    "questions": _yaml("? " * 30_000),
    "many values": _yaml("a: [" + "x," * 30_000 + "]"),
    "plain values": _yaml("a: [" + ", ".join(["x"] * 20_000) + "]"),
    "a hexadecimal one": _yaml("a: !!int 0x" + "f" * 60_000),
    "one of minutes": _yaml("a: !!int 1" + ":59" * 20_000),
    "a fraction of minutes": _yaml("a: !!float 1" + ":59" * 20_000),
    "an impossible timestamp": _yaml("a: !!timestamp 2013-02-30"),
    "an impossible pair": _yaml("a: !!pairs [[1]]"),
    "a list for a key": _yaml("? [[1], {2: 3}]\n: 1"),
    "dotted TOML keys": _toml(".".join(["a"] * 3000) + " = 1"),
    "more dotted TOML keys": _toml(".".join(["a"] * 30_000) + " = 1"),
    "a dotted TOML table": _toml(
        f"[{'.'.join(['a'] * 10_000)}]\n" + "\n".join(f"k{n} = 1" for n in range(4000))
    ),
    "TOML brackets": _toml("a = " + "[" * 60_000),
    "TOML tables in tables": _toml("a = " + "{a = " * 12_000),
    "dotted keys in TOML tables": _toml(
        "a = " + ("{" + ".".join(["a"] * 25) + " = ") * 25 + "1" + "}" * 25
    ),
    "TOML values": _toml("a = [" + "1," * 30_000 + "]"),
    "a TOML number": _toml("a = " + "9" * 60_000),
    "a hexadecimal TOML number": _toml("a = 0x" + "f" * 60_000),
    "an open TOML string": _toml('a = "' + '\\"' * 30_000),
    "an open long TOML string": _toml('a = """' + '\\"' * 30_000),
    "JSON brackets": '{"a": ' + "[" * 60_000,
    "JSON maps": '{"a": ' + '{"a":' * 60_000,
    "JSON values": '{"a": [' + "1," * 60_000 + "1]}\nx\n",
    "a JSON number": '{"a": ' + "9" * 60_000 + "}\nx\n",
    "JSON without end": '{"a": "' + "x" * 4_000_000 + '"}',
    "an open JSON string": '{"a": "' + '\\"' * 60_000,
    "a Pelican header without end": "Title: x\n" + "Key: value\n" * 400_000,
    "a Pelican line without end": "Title: x\n" + " more\n" * 800_000,
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_front_matter_that_stands_for_too_much_is_refused_by_name(text: str) -> None:
    """With a sentence of ours and a cure, whatever the format and the way of growing."""
    with pytest.raises(FrontMatterError) as refused:
        split(text, "bomb.md")
    problem = refused.value.problem
    assert problem.path == "bomb.md"
    assert problem.line is not None
    assert problem.cure
    assert len(problem.found) < 300


def test_no_front_matter_takes_more_memory_than_a_file_may() -> None:
    """All of them, one after the other, in a process that has no more."""
    script = (
        "import resource, sys, json\n"
        "from publisher.posts.parser import PostParser\n"
        "from publisher.posts.front_matter import FrontMatterError, split\n"
        "import publisher.posts.yaml\n"
        "used = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\n"
        f"resource.setrlimit(resource.RLIMIT_AS, (used + {_BYTES_LEFT}, used + {_BYTES_LEFT}))\n"
        "for text in json.load(sys.stdin):\n"
        "    try:\n        split(text, 'bomb.md')\n"
        "    except FrontMatterError:\n        pass\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=json.dumps(list(BOMBS.values())),
        text=True,
        check=False,
        timeout=300,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize(
    "text",
    [
        _yaml("base: &b {a: 1}\nother: {<<: *b, c: 2}\ntags: [x, y]"),
        _yaml("a: [" + "x," * 3000 + "]"),
        _yaml("title: '[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[['"),
        _toml(
            "a.b.c = 1\n[x.y]\nz ="
            ' "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.a.b.c.d.e.f.g"\nf = 1.5'
        ),
        _toml("s = '''\n" + "[" * 100 + "\n'''\n# " + "[" * 100),
        '{"title": "' + "[" * 100 + '", "tags": ["a", "b"]}\nx\n',
        "Title: x\nTags: a, b\n\n" + "Words.\n" * 100_000,
    ],
)
def test_front_matter_as_people_write_it_is_not(text: str) -> None:
    """A few aliases, a long list, brackets and dots inside strings, a long body."""
    assert split(text, "good.md").metadata


def _configurations() -> Iterator[tuple[str, str]]:
    yield "_config.yml", _aliases(1000, 9, 12, "permalink")
    yield "_config.yml", "title: x\npermalink: &a [*a]"
    yield "hugo.toml", ".".join(["a"] * 5000) + " = 1"
    yield "hugo.json", '{"baseURL": ' + "[" * 100_000
    yield "hugo.yaml", "baseURL: " + "[" * 100_000


@pytest.mark.parametrize(("name", "text"), list(_configurations()))
def test_a_generators_configuration_is_counted_too(name: str, text: str) -> None:
    """One that stands for too much says nothing."""
    found = recognise({name: text})
    assert found is None or found.title == ""


def test_what_is_built_is_counted_without_going_round_in_it() -> None:
    """A list that holds itself has no end, and thousands of digits cannot be written down."""
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(TooMuchError, match="deep"):
        Budget().check_built(endless)
    with pytest.raises(TooMuchError, match="300 digits"):
        Budget().check_built({"a": 1 << 5000})
    Budget().check_built({"a": 10**300, "b": [1.5, None, "x"]})


@pytest.mark.parametrize(
    "text",
    [
        _aliases(1000, 5, 9, "tags"),
        _aliases(10, 5, 9, "anything", "{{<<: [{}]}}"),
        f"s: &s {'x' * 30_000}\ntags: [{', '.join(['*s'] * 40)}]",
        "\n".join(["a0: &a0 [1]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 40))]),
        "a: &a [1, *a]",
    ],
    ids=["values", "merge keys", "characters", "depth", "itself"],
)
def test_aliases_are_counted_by_the_events_before_anything_is_built(text: str) -> None:
    """Few of them, which are many values, characters or levels.

    Merge keys are copied while they are built.
    """
    with pytest.raises(TooMuchError):
        Budget().check_yaml(yaml.parse(text))
