"""`dunning app`: the app's server with its settings, wherever it is started."""

from __future__ import annotations

import contextlib
import getpass
import os
import signal
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from sim.cli import options as o
from sim.cli.say import note
from sim.core.errors import BadInput

LOOPBACK, PORT, TRIED = "127.0.0.1", 8501, 20
#: Made first where no run is stored: small, so that it is there in a minute or two.
FIRST = ("compare", "weilidai", "--replications", "10", "--accounts", "500")
SETTINGS = {
    "server.showEmailPrompt": "false",
    "server.fileWatcherType": "none",
    "server.maxUploadSize": "20",
    "server.enableXsrfProtection": "true",
    "server.enableCORS": "true",
    "browser.gatherUsageStats": "false",
    "client.showErrorDetails": "none",
    "client.showErrorLinks": "false",
    "client.toolbarMode": "minimal",
    "theme.light.primaryColor": "#0B6E99",
    "theme.dark.primaryColor": "#5FB3D9",
}

Host = Annotated[
    str | None, typer.Option("--host", metavar="ADDR", help="Serve others too; 0.0.0.0 for all.")
]
Port = Annotated[str | None, typer.Option("--port", metavar="N", help="8501, or the next free.")]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Open no browser.")]
Name = Annotated[
    str | None,
    typer.Option("--name", metavar="A,B", help="Names under which others reach it."),
]
Password = Annotated[
    bool,
    typer.Option("--password", help="Ask for one: $DUNNING_PASSWORD, or typed now."),
]
NoRun = Annotated[bool, typer.Option("--no-run", help="Begin no first comparison.")]


def add(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("app", help="Open the app in a browser.")(open_app)


def open_app(
    host: Host = None,
    port: Port = None,
    name: Name = None,
    password: Password = False,
    no_browser: NoBrowser = False,
    no_run: NoRun = False,
) -> None:
    """Open the app in a browser."""
    here = Path(__file__).resolve()
    page = next(
        filter(Path.is_file, (here.parents[2] / "app.py", here.parents[1] / "_app.py")), None
    )
    if find_spec("streamlit") is None or page is None:
        raise BadInput("dunning", "verb", "app", "an installation with app.py and streamlit")
    from sim.store.forgetting import sweep_books

    sweep_books()
    address = host or LOOPBACK
    surroundings = _door(address, name, password)
    chosen = free_port(address, port)
    if host not in (None, LOOPBACK, "localhost", "::1"):
        who = "Everybody with the password" if password else "Everybody"
        note(f"{who} who reaches {host}:{chosen} sees, changes and deletes all runs here.")
    if not no_run:
        begin_first()
    shown = LOOPBACK if address in ("0.0.0.0", "::") else address
    note(f"The app: http://{shown}:{chosen} (Ctrl-C closes it)")
    os.environ.update(surroundings)
    raise typer.Exit(serve(command(page, address, chosen, not no_browser and _has_screen())))


def _door(address: str, name: str | None, password: bool) -> dict[str, str]:
    """Return what the server is told of its names and of its password, which is not itself."""
    from sim.ui import door

    names = door.own_names(address, (name or "").split(","))
    told = {door.NAMES: ",".join(names)}
    if password:
        told[door.SECRET] = door.hidden(_password(door.FEWEST))
    return told


def _password(fewest: int) -> str:
    """Return the password, from the environment or typed where nobody sees it."""
    found = os.environ.pop("DUNNING_PASSWORD", "")
    if not found and sys.stdin is not None and sys.stdin.isatty():
        found = getpass.getpass("Password for the app: ")
    if len(found) < fewest:
        raise BadInput("--password", "", "…", f"{fewest} letters or more, in $DUNNING_PASSWORD")
    return found


def command(page: Path, address: str, port: int, browser: bool) -> list[str]:
    """Return the server's command line, with every setting that must hold."""
    settings = SETTINGS | {
        "server.address": address, "server.port": str(port),
        "server.headless": "false" if browser else "true",
    }  # fmt: skip
    flags = [f"--{key}={value}" for key, value in settings.items()]
    return [sys.executable, "-m", "sim.ui.server", "run", str(page), *flags]


def free_port(address: str, asked: str | None) -> int:
    """Return the port asked for, else the first free one; refuse one that is taken."""
    if asked is not None:
        port = o.whole("--port", asked, 65_535)
        if not _free(address, port):
            raise BadInput("--port", "", port, "a free port that this user may open")
        return port
    for port in range(PORT, PORT + TRIED):
        if _free(address, port):
            return port
    raise BadInput("--port", "", PORT, f"none free from {PORT} to {PORT + TRIED - 1}; name another")


def _free(address: str, port: int) -> bool:
    try:
        found = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, ValueError):
        raise BadInput("--host", "", address, "an address of this machine") from None
    with socket.socket(found[0][0], socket.SOCK_STREAM) as door, contextlib.suppress(OSError):
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(found[0][4])
        return True
    return False


def begin_first() -> None:
    """Put the default comparison in the queue, if no run is stored and none waits."""
    from sim.store.jobs import Queue
    from sim.store.runs import RunStore

    queue = Queue()
    if not RunStore().list() and not queue.live():
        queue.submit(FIRST)
        note("No run is stored yet: the default comparison begins in the app.")


def _has_screen() -> bool:
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def serve(words: list[str]) -> int:
    """Run the server, and the queue beside it, until it ends or is told to."""
    from sim.store.jobs import Queue

    for told in ("SIGTERM", "SIGHUP"):  # a terminal that was closed ends the app as well
        if hasattr(signal, told):
            signal.signal(getattr(signal, told), signal.default_int_handler)
    server = subprocess.Popen(words, start_new_session=True)
    queue = Queue().keep_tending()
    try:
        return server.wait()
    except KeyboardInterrupt:
        server.terminate()
        server.wait()
        return 0
    finally:
        queue.close()
