"""A page without a browser: Streamlit's own test stage, with a store of runs and a still queue."""

from __future__ import annotations

import html
import re
from typing import Any

from streamlit.testing.v1 import AppTest


def show(room: str, lang: str = "en", **ids: str) -> AppTest:
    """Run the page of ``sim.ui.<room>`` as the router would, with these ids in its link.

    The environment's DUNNING_RUNS is its store; take the fixture `store` of this folder's tests.
    """

    def script(room: str) -> None:
        from sim.ui import frame

        frame.shown(frame.words(), room)

    stage = AppTest.from_function(script, kwargs={"room": room}, default_timeout=60)
    for key, value in {"lang": lang, **ids}.items():
        stage.query_params[key] = value
    stage.run()
    whole(stage)
    return stage


def whole(stage: AppTest) -> AppTest:
    """Return the stage, or fail where a traceback or our own mishap card stands on it."""
    assert not stage.exception, stage.exception
    assert 'data-state="failed"' not in bodies(stage), texts(stage)
    return stage


def bodies(stage: AppTest) -> str:
    """Return the page's own HTML."""
    return "\n".join(one.proto.body for one in stage.get("html"))


def texts(stage: AppTest) -> str:
    """Return what can be read on the page: our HTML without its marks, then all other words."""
    own = re.sub(r"<(style|script)\b.*?</\1>", " ", bodies(stage), flags=re.DOTALL)
    found = [html.unescape(re.sub(r"<[^>]+>", " ", own))]
    found += [_words(one) for kind in KINDS for one in stage.get(kind)]
    return re.sub(r"[ \t\n]+", " ", " ".join(found))


KINDS = (
    "markdown", "caption", "title", "header", "subheader", "text", "button", "selectbox",
    "radio", "number_input", "text_input", "slider", "checkbox", "toggle", "button_group",
    "expander", "progress", "error", "warning", "info", "success", "text_area", "toast",
)  # fmt: skip


def _words(one: Any) -> str:
    """Return an element's label, value and options."""
    proto = one.proto if hasattr(one, "proto") else one
    parts = [getattr(one, "label", ""), getattr(proto, "body", ""), getattr(proto, "text", "")]
    parts += [getattr(o, "content", o) for o in getattr(proto, "options", ())]
    return " ".join(str(part) for part in parts if part)


def query(stage: AppTest) -> dict[str, str]:
    """Return the ids in the page's link."""
    return {k: v[0] if isinstance(v, list) else v for k, v in stage.query_params.items()}
