"""Compare: which strategy to roll out, how sure that is, and what it costs."""

from __future__ import annotations

from sim.ui import address, frame
from sim.ui.compare import challenge, experiments, result, rollout, setup
from sim.ui.words import Words

VIEWS = {"result": result.show, "challenge": challenge.show, "setup": setup.show,
         "rollout": rollout.show, "experiments": experiments.show}  # fmt: skip


def page(t: Words) -> None:
    """Show a result, the set-up of the next question, the roll-out, or an experiment."""
    frame.head(t, t("Compare"), t("Which strategy should we roll out, and how sure is that?"))
    views = {"result": t("Result"), "challenge": t("Challenge it"), "setup": t("Set up"),
             "rollout": t("Roll-out"), "experiments": t("Experiments")}  # fmt: skip
    view = address.pick(t, "view", t("View"), views)
    if view is not None:
        VIEWS[view](t)
