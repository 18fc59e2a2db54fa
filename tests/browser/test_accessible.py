"""Every page passes axe: nothing serious, nothing critical, in both languages, light and dark."""

from __future__ import annotations

import pytest

from .test_screenshots import PAGES

GRAVE = ("serious", "critical")


def findings(page) -> list[str]:
    """Return what axe holds for serious or critical: rule, why, and the first places."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: "
        + "; ".join(node["html"][:200] for node in one["nodes"][:3])
        for one in found
        if one["impact"] in GRAVE
    ]


def test_what_shuts_somebody_out_is_seen(served, visit):
    reader = visit(served, "/about?")
    assert not findings(reader.page)
    reader.page.evaluate("document.querySelector('.stMain').append(new Image())")
    assert any(line.startswith("image-alt") for line in findings(reader.page))


@pytest.mark.slow
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize(
    ("lang", "dark", "width"), [("en", False, 1280), ("zh", True, 1280), ("zh", False, 390)]
)
def test_no_page_shuts_anybody_out(served, visit, lang, dark, width):
    reader = visit(served, lang=lang, dark=dark, width=width)
    wrong = {}
    for name, path in {**PAGES, "contest": "/train?view=contest"}.items():
        reader.go(path)
        reader.page.wait_for_timeout(500)
        if lines := findings(reader.page):
            wrong[name] = lines
    assert not wrong, "\n".join(f"{name}: {line}" for name, many in wrong.items() for line in many)
