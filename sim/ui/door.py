"""The app's door: who may come in under which name, and in whose frame.

Every request passes here before Streamlit sees it. A name that is not this server's is refused (a
stranger's page could otherwise give its own name our address, and read what we answer); so is a
request that another page sends. With a password nobody comes in without it.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import os
import re
import secrets
import socket
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sim.core.errors import BadInput

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

NAMES, SECRET = "DUNNING_APP_NAMES", "DUNNING_APP_SECRET"  #: from the command to its server
LOGIN, COOKIE = "/_door", "dl_door"
HOURS = 12.0  #: for which a password once given holds
TRIES, MINUTE = 5, 60.0  #: wrong passwords a minute, from one address
LONGEST = 4_096  #: bytes of what is sent to the login
FEWEST = 8  #: letters of a password
#: Sent with every answer: in nobody's frame, no guessing of types, our address goes nowhere.
HEADERS = [
    (b"content-security-policy", b"frame-ancestors 'none'"),
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
]
PAGE = """<!doctype html><meta charset="utf-8"><title>Dunning Lab</title>
<meta name="viewport" content="width=device-width">
<style>body{{font:16px sans-serif;max-width:22rem;margin:20vh auto;padding:0 1rem}}
input,button{{font:inherit;padding:.4rem;margin:.3rem 0;width:100%;box-sizing:border-box}}</style>
<h1>Dunning Lab</h1><p>{says}</p>
<form method="post" action="{login}"><label>Password · 密码
<input type="password" name="password" autofocus autocomplete="current-password"></label>
<button>Open · 打开</button></form>"""

NAME = r"[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?"  #: of a machine, as a browser sends it


def own_names(host: str, more: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the names under which this server may be asked for, besides plain addresses."""
    asked = [name.strip().lower() for name in more if name.strip()]
    for name in asked:
        if not re.fullmatch(NAME, name) or len(name) > 253:
            raise BadInput("--name", "", name, "names such as lab.bank.example, without a port")
    names = {"localhost", host.lower(), *asked}
    if host not in ("127.0.0.1", "localhost", "::1"):
        names |= {socket.gethostname().lower(), socket.getfqdn().lower()}
    return tuple(sorted(names))


def hidden(password: str) -> str:
    """Return a password as it may be handed on: salted and hashed, slow to guess."""
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}${_hash(password, salt).hex()}"


def _hash(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)


def fits(password: str, secret: str) -> bool:
    """Tell whether it is the password, in the same time whatever is wrong with it."""
    salt, _, known = secret.partition("$")
    return hmac.compare_digest(_hash(password, bytes.fromhex(salt)).hex(), known)


class Door:
    """An application behind a door.

    Parameters
    ----------
    inner
        The application.
    names
        Names under which it may be asked for; a plain address always may.
    secret
        What `hidden` made of the password; empty for an open door.
    clock
        What tells the seconds.
    """

    def __init__(
        self, inner: Any, names: Iterable[str], secret: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._inner, self._names, self._secret = inner, set(names), secret
        self._clock = clock
        self._inside: dict[str, float] = {}
        self._wrong: dict[str, deque[float]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it here."""
        if scope["type"] not in ("http", "websocket"):
            await self._inner(scope, receive, send)
            return
        if not self._may_ask(scope):
            await _refuse(scope, send, 403, "not a name of this server")
        elif not self._secret or self._knows(scope):
            await self._inner(scope, receive, _with_headers(send))
        elif scope["type"] == "http" and scope["path"] == LOGIN and scope["method"] == "POST":
            await self._login(scope, receive, send)
        elif scope["type"] == "http":
            await _page(send, 401, "")
        else:
            await _refuse(scope, send, 403, "")

    def _may_ask(self, scope: Scope) -> bool:
        """Tell whether host and origin are ours; a request without an origin is no page's."""
        host, origin = _header(scope, b"host"), _header(scope, b"origin")
        if not self._is_ours(_name(host)):
            return False
        return not origin or urlsplit(origin).netloc.lower() == host.lower()

    def _is_ours(self, name: str) -> bool:
        if name in self._names:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    # --- the password ---

    def _knows(self, scope: Scope) -> bool:
        now, key = self._clock(), _cookie(scope)
        self._inside = {k: end for k, end in self._inside.items() if end > now}
        return key in self._inside

    async def _login(self, scope: Scope, receive: Receive, send: Send) -> None:
        who = (scope.get("client") or ("",))[0]
        if self._too_often(who):
            await _page(send, 429, "Too many tries; wait a minute. · 尝试过多，请稍候一分钟。")
            return
        sent = parse_qs((await _body(receive)).decode(errors="replace"))
        if not fits(sent.get("password", [""])[0], self._secret):
            self._wrong.setdefault(who, deque(maxlen=TRIES)).append(self._clock())
            await _page(send, 401, "That is not the password. · 密码不正确。")
            return
        key = secrets.token_urlsafe(32)
        self._inside[key] = self._clock() + HOURS * 3_600.0
        cookie = f"{COOKIE}={key}; Path=/; HttpOnly; SameSite=Strict; Max-Age={int(HOURS * 3600)}"
        headers = [(b"location", b"/"), (b"set-cookie", cookie.encode()), *HEADERS]
        await send({"type": "http.response.start", "status": 303, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    def _too_often(self, who: str) -> bool:
        now = self._clock()
        self._wrong = {k: tries for k, tries in self._wrong.items() if tries[-1] > now - MINUTE}
        tries = self._wrong.get(who, deque())
        return len(tries) == TRIES and tries[0] > now - MINUTE


def _header(scope: Scope, name: bytes) -> str:
    return next((v.decode("latin-1") for k, v in scope["headers"] if k == name), "")


def _name(host: str) -> str:
    """Return the name in a Host header, without its port."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _cookie(scope: Scope) -> str:
    for part in _header(scope, b"cookie").split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            return value
    return ""


async def _body(receive: Receive) -> bytes:
    """Return what was sent, as far as a password can be long."""
    body = b""
    while len(body) <= LONGEST:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return body[:LONGEST]


async def _refuse(scope: Scope, send: Send, status: int, why: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    kind = [(b"content-type", b"text/plain; charset=utf-8"), *HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": kind})
    await send({"type": "http.response.body", "body": why.encode()})


async def _page(send: Send, status: int, says: str) -> None:
    kind = [(b"content-type", b"text/html; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": [*kind, *HEADERS]})
    await send({"type": "http.response.body", "body": PAGE.format(says=says, login=LOGIN).encode()})


def _with_headers(send: Send) -> Send:
    async def sent(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message = message | {"headers": [*message.get("headers", ()), *HEADERS]}
        await send(message)

    return sent


def hang() -> None:
    """Put the door before Streamlit's application, once it is made."""
    server: Any = import_module("streamlit.web.server.starlette.starlette_server")
    make = server.create_starlette_app
    names = os.environ.get(NAMES, "localhost").split(",")
    secret = os.environ.pop(SECRET, "")

    def behind(runtime: Any) -> Any:
        return Door(make(runtime), names, secret)

    server.create_starlette_app = behind
