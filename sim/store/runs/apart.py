"""In what two runs' questions differ, before anybody compares their answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sim.store.runs.manifest import Manifest

HARMLESS = ("replications", "most", "seconds", "looks")
TEXTS = ("name", "title", "question")  #: of a scenario: words, not meaning


class Gap(NamedTuple):
    """One thing that differs.

    `kind` is question, strategies, input, code or version; values are None where a side lacks it.
    """

    kind: str
    key: str
    one: Any
    other: Any


def gaps(one: Manifest, other: Manifest) -> list[Gap]:
    """Return all that differs between two runs' manifests, the question first."""
    return [
        *_between("question", asked(one["question"]), asked(other["question"])),
        *_between("strategies", _strategies(one), _strategies(other)),
        *_nested(_meaning(one), _meaning(other)),
        *(gap for gap in _between("code", _code(one), _code(other)) if gap.one and gap.other),
        *_between("version", one["versions"], other["versions"]),
    ]


def mixed(found: list[Gap]) -> bool:
    """Tell whether anything but the strategies differs, so that causes cannot be told apart.

    More runs of the same question narrow its answer and change nothing else.
    """
    return any(gap.kind != "strategies" and gap.key not in HARMLESS for gap in found)


def _between(kind: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[Gap]:
    for key in dict.fromkeys([*one, *other]):
        if one.get(key) != other.get(key):
            yield Gap(kind, key, one.get(key), other.get(key))


def asked(question: Mapping[str, Any]) -> dict[str, Any]:
    """Return a question without what stands elsewhere: strategies, and settings as inputs."""
    left_out = ("strategies", "settings", "source")
    return {k: v for k, v in question.items() if k not in left_out}


def _strategies(manifest: Manifest) -> dict[str, Any]:
    return {"strategies": manifest["question"]["strategies"]}


def _code(manifest: Manifest) -> dict[str, Any]:
    prints = manifest["fingerprints"].get("strategies", {})
    return dict(prints) if isinstance(prints, dict) else {}


def _meaning(manifest: Manifest) -> dict[str, Any]:
    return {k: v for k, v in manifest["scenario"].items() if k not in TEXTS}


def _nested(one: Mapping[str, Any], other: Mapping[str, Any], path: str = "") -> Iterator[Gap]:
    """Yield the inputs that differ; sections that are equal, as nearly all are, are not opened."""
    for key in dict.fromkeys([*one, *other]):
        a, b = one.get(key), other.get(key)
        if a == b:
            continue
        where = f"{path}.{key}" if path else key
        if not isinstance(a, Mapping) and not isinstance(b, Mapping):
            yield Gap("input", where, a, b)
        else:
            yield from _nested(_section(a), _section(b), where)


def _section(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
