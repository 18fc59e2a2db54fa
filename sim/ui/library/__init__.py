"""Library: the runs that are kept, what they said, and in what two of them differ."""

from __future__ import annotations

from sim.ui import address, frame
from sim.ui.library import listing, pair
from sim.ui.words import Words


def page(t: Words) -> None:
    """Show the list, or two runs side by side."""
    frame.head(t, t("Library"), t("Which runs are kept, and what did they say?"))
    view = address.known(t, "view", ("list", "pair"), "list")
    if view == "pair":
        pair.show(t)
    elif view == "list":
        listing.show(t)
