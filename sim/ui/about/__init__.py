"""About the model: how it works, what is assumed, what was checked, what it cannot say."""

from __future__ import annotations

from sim.ui import address, frame
from sim.ui.about import assumptions, checks, picture, small_print
from sim.ui.words import Words


def page(t: Words) -> None:
    """Show one of five views."""
    frame.head(t, t("About the model"), t("How does it work, and what can it not say?"))
    titles = {
        "how": t("How it works"),
        "assumptions": t("Assumptions"),
        "checks": t("Checks"),
        "limits": t("What it cannot say"),
        "versions": t("Versions"),
    }
    shows = {
        "how": picture.show,
        "assumptions": assumptions.show,
        "checks": checks.show,
        "limits": small_print.limits,
        "versions": small_print.versions,
    }
    if view := address.pick(t, "view", t("View"), titles):
        shows[view](t)
