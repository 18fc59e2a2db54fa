"""The app's server: Streamlit, with the pages loaded before the first reader comes.

``python -m sim.ui.server run app.py --flags`` is ``streamlit run app.py --flags``; only that
nobody's first page waits for what all pages need.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from contextlib import suppress
from importlib import import_module

ROOMS = ("compare", "tune", "train", "library", "about")


def follow(parent: int, every: float = 1.0) -> None:
    """End this process once its *parent* is gone: a server that nobody can close holds its port."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(every)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def main() -> None:
    """Load the pages, then run Streamlit with the words of the command line."""
    follow(os.getppid())
    logging.disable(logging.WARNING)  # caches say that no server runs yet
    for room in ROOMS:
        with suppress(Exception):  # the page itself says what is wrong with it
            import_module(f"sim.ui.{room}")
    logging.disable(logging.NOTSET)
    from streamlit.web.cli import main as run

    from sim.ui.door import hang

    hang()
    run(prog_name="streamlit")


if __name__ == "__main__":
    main()
