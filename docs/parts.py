"""The parts that this project is made of: `licences.md`, a CycloneDX list, and what an audit says.

``make parts`` writes `licences.md` from the lock and from what the installed parts say of
themselves; ``make sbom`` writes `sbom.json`; ``make audit`` reads what pip-audit came to. A test
holds the page equal to the lock. Nothing else imports this.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
import uuid
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
LOCK, PAGE, SBOM = (
    HERE.parent / "requirements.lock",
    HERE / "licences.md",
    HERE.parent / "sbom.json",
)
#: Families of licences that a project may build on, by a word in what a part says.
FREE = ("MIT", "BSD", "Apache", "MPL", "Mozilla", "PSF", "Python Software", "ISC", "0BSD", "HPND")
WEAK, SILENT = 1, 3  #: exit codes of an audit
UNANSWERED = "Nothing audited: the advisories did not answer. A network is needed."
HEAD = """# Licences of the parts

Made by `make parts` from `requirements.lock` and from what each part says of itself; a test holds
it equal to the lock. Dunning Lab's own licence is in `LICENSE`. `make sbom` writes the same list
as CycloneDX (`sbom.json`), with the hashes of the lock.

| part | version | licence |
|---|---|---|
"""


class Part(NamedTuple):
    """A package in the lock."""

    name: str
    version: str
    hashes: tuple[str, ...]


def parts(text: str) -> list[Part]:
    """Return the packages that a lock names."""
    found = []
    for block in re.split(r"\n(?=\S)", text):
        if named := re.match(r"([A-Za-z0-9._-]+)==([^\s;\\]+)", block):
            hashes = re.findall(r"--hash=sha256:([0-9a-f]{64})", block)
            found.append(Part(named[1], named[2], tuple(sorted(hashes))))
    return sorted(found)


def licence(name: str) -> str:
    """Return the licence that an installed part says it has."""
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return "not installed here"
    if said := about.get("License-Expression"):
        return str(said)
    tags = [tag.rpartition(" :: ")[2] for tag in about.get_all("Classifier") or []
            if tag.startswith("License ::") and not tag.endswith("OSI Approved")]  # fmt: skip
    return " or ".join(tags) or str(about.get("License") or _first_line(name)).splitlines()[0]


def _first_line(name: str) -> str:
    """Return the title of the licence's own text, for a part whose head names none."""
    texts = [f for f in metadata.files(name) or () if f.name.startswith("LICENSE")]
    return texts[0].read_text().strip().splitlines()[0] if texts else "not said"


def page(found: Sequence[Part]) -> str:
    """Return the page of licences."""
    return HEAD + "".join(f"| {p.name} | {p.version} | {licence(p.name)} |\n" for p in found)


def sbom(found: Sequence[Part]) -> dict[str, Any]:
    """Return the list of parts as CycloneDX: the same lock gives the same list."""
    digest = hashlib.sha256("".join(map(str, found)).encode()).digest()
    return {
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "serialNumber": f"urn:uuid:{uuid.UUID(bytes=digest[:16], version=4)}",
        "metadata": {"component": {"type": "application", "name": "dunning-lab"}},
        "components": [_component(part) for part in found],
    }  # fmt: skip


def _component(part: Part) -> dict[str, Any]:
    reference = f"pkg:pypi/{part.name}@{part.version}"
    return {
        "type": "library", "name": part.name, "version": part.version,
        "purl": reference, "bom-ref": reference,
        "licenses": [{"license": {"name": licence(part.name)}}],
        "hashes": [{"alg": "SHA-256", "content": one} for one in part.hashes],
    }  # fmt: skip


def verdict(text: str) -> tuple[str, int]:
    """Return what an audit came to, and the exit code.

    0 where all was audited and nothing found, 1 where something was found, 3 where nothing was
    found but not all could be asked about: a part without an answer is not a sound one.
    """
    try:
        rows = json.loads(text)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return UNANSWERED, SILENT
    unknown = [row["name"] for row in rows if "skip_reason" in row]
    if len(unknown) == len(rows):
        return UNANSWERED, SILENT
    weak = [f"{row['name']} {row['version']}: {one['id']}"
            for row in rows for one in row.get("vulns", ())]  # fmt: skip
    line = f"{len(rows) - len(unknown)} of {len(rows)} parts audited, {len(weak)} weaknesses"
    if unknown:
        line += f"; the advisories did not answer for {len(unknown)}, such as {unknown[0]}"
    return "\n".join([line, *weak]), WEAK if weak else SILENT if unknown else 0


def main(words: Sequence[str] | None = None) -> int:
    """Write what is asked for."""
    parser = argparse.ArgumentParser(prog="docs/parts.py", description=__doc__)
    parser.add_argument("what", choices=("licences", "sbom", "audit"))
    what, found = parser.parse_args(words).what, parts(LOCK.read_text(encoding="utf-8"))
    if what == "licences":
        PAGE.write_text(page(found), encoding="utf-8")
    elif what == "sbom":
        SBOM.write_text(json.dumps(sbom(found), indent=1) + "\n", encoding="utf-8")
    else:
        line, code = verdict(sys.stdin.read())
        sys.stdout.write(line + "\n")
        return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
