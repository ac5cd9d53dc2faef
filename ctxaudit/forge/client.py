"""Requests to a forge's API: to one host, which alone gets the token, repeated where that is safe, bounded in time."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urljoin, urlsplit

from ctxaudit import __version__
from ctxaudit.errors import CtxauditError
from ctxaudit.values import frozen

if TYPE_CHECKING:
    import urllib3

_TRIES = 4
_REDIRECTS = 3
_PAGES = 100  # of a hundred comments each: GitHub ends a thread at 2,500, GitLab at 5,000
_FIRST_PAUSE = 0.5  # seconds; doubled from try to try
_LARGEST = 64 * 2**20  # bytes of an answer: a hundred comments of the greatest length have room
_CHUNK = 2**16
_LONGEST = 200  # letters of a refusal that are shown
# A POST whose answer is lost may have made a comment: to repeat it would make a second one.
_REPEATABLE = frozenset(("GET", "HEAD", "PUT", "PATCH", "DELETE"))
_UNCHANGED = 304
_MOVED = frozenset((301, 302, 307, 308))
_REFUSED_FOR_NOW = frozenset((403, 429))
_TOO_LONG = "it takes too long"
_PORTS = {"http": 80, "https": 443}


@frozen
class _Reply:
    """What came back. status: 0 where nothing did, and `lost` says why. headers: by name in lower case.

    url: that answered, which is another than was asked where that has moved.
    """

    status: int
    headers: Mapping[str, str]
    body: Any
    lost: str = ""
    url: str = ""


class Refused(CtxauditError):
    """A request that the forge did not carry out. status: of HTTP, 0 where no answer came."""

    def __init__(self, what: str, *, where: str, status: int, fix: str | None = None) -> None:
        super().__init__(what, where=where, fix=fix)
        self.status = status


class Spent(CtxauditError):
    """A client has sent as many requests as it may."""


@frozen
class Limits:
    """seconds: that one answer may take. wait: seconds that the forge may ask us to wait before the next try.

    requests: that may be sent, those after a redirect and another try among them; None for as many as it takes.
    """

    seconds: float = 30
    wait: float = 60
    requests: int | None = None


class Client:
    """One API, by its base address. asked: the requests that it was sent."""

    def __init__(self, base: str, headers: Mapping[str, str], token: str, limits: Limits) -> None:
        self._base = base.rstrip("/")
        self._origin = _origin(self._base)
        self._headers = {**headers, "User-Agent": f"ctxaudit/{__version__}", "Content-Type": "application/json"}
        self._token = token
        self._limits = limits
        self._pool = _pool(self._base)
        self.asked = 0

    @property
    def left(self) -> float:
        """Return how many requests may still be sent."""
        return float("inf") if self._limits.requests is None else self._limits.requests - self.asked

    def call(self, method: str, path: str, payload: object = None, *, etag: str = "") -> _Reply:
        """Send a request until it is answered; raises Refused for anything but success.

        path: below the base address, or a whole address of the same host, as those of further pages are.
        A request is repeated after a lost answer or an error of the server unless it is a POST, and after a refusal
        that names a time, which says that nothing was done. Raises Spent before one that is too many.
        etag: of an earlier answer; where it still holds, the status is 304, and there is no body.
        """
        headers = {**self._headers, "If-None-Match": etag} if etag else self._headers
        url = self._own(path if "://" in path else f"{self._base}/{path}")
        for attempt in range(_TRIES):
            reply = self._followed(method, url, payload, headers)
            pause = None if attempt == _TRIES - 1 else _pause(method, reply, attempt, self._limits.wait)
            if pause is None:
                break
            time.sleep(pause)
        if not (200 <= reply.status < 300 or (etag and reply.status == _UNCHANGED)):
            raise self._refusal(method, url, reply)
        return reply

    def _followed(self, method: str, url: str, payload: object, headers: Mapping[str, str]) -> _Reply:
        """Send a request, and again to where it has moved on the same host."""
        for _ in range(_REDIRECTS):
            reply = self._sent(method, url, payload, headers)
            if reply.status not in _MOVED:
                break
            url = self._own(_joined(url, reply.headers.get("location", "")))
        return replace(reply, url=url)

    def _own(self, url: str) -> str:
        """Give an address of the API's own host; raises CtxauditError for any other, which must not see the token."""
        origin = _origin(url)
        if origin != self._origin:
            raise CtxauditError(f"the API sends us on to {origin[1]}, which must not get the token", where=self._base)
        return url

    def _sent(self, method: str, url: str, payload: object, headers: Mapping[str, str]) -> _Reply:
        """Send a request once; a peer that answers a byte at a time, the status line too, has as long as any other."""
        if self.left < 1:
            raise Spent(f"it takes more than {self.asked} requests", where=self._base)
        self.asked += 1
        try:
            return _within(self._limits.seconds, lambda: self._answered(method, url, payload, headers))
        except TimeoutError:
            return _Reply(0, {}, None, _TOO_LONG)

    def _answered(self, method: str, url: str, payload: object, sent: Mapping[str, str]) -> _Reply:
        import urllib3

        until = time.monotonic() + self._limits.seconds
        body = None if payload is None else json.dumps(payload).encode()
        timeout = urllib3.Timeout(connect=min(10, self._limits.seconds), read=self._limits.seconds)
        options: dict[str, Any] = {"retries": False, "redirect": False, "preload_content": False, "timeout": timeout}
        try:
            response = self._pool.request(method, url, body=body, headers=sent, **options)
            try:
                data = _read(response, until)
            finally:
                response.close()
        except urllib3.exceptions.HTTPError as error:
            return _Reply(0, {}, None, _lost(error))
        headers = {name.lower(): value for name, value in response.headers.items()}
        return _Reply(response.status, headers, _parsed(data))

    def _refusal(self, method: str, url: str, reply: _Reply) -> Refused:
        """Say what was refused; an answer that repeats the token is not repeated with it."""
        shown = reply.lost or _message(reply.body, self._token)
        answer = f"{method} is answered by HTTP {reply.status}" if reply.status else f"{method} gets no answer"
        limited = reply.status == 403 and _asked(reply.headers) is not None
        status = 429 if limited else reply.status  # GitHub says either, and 403 also to who may only read
        fix = "the token is wrong, or has expired: set it again" if status == 401 else None
        return Refused(f"{answer}: {shown}" if shown else answer, where=_shown(url), status=status, fix=fix)


def pages(client: Client, path: str, following: str = "link") -> Iterator[Any]:
    """Give the items of a list, through all its pages: by the Link header, or by GitLab's X-Next-Page.

    path: with a query.
    """
    url: str | None = path
    for _ in range(_PAGES):
        if not url:
            return
        reply = client.call("GET", url)
        if not isinstance(reply.body, list):
            raise CtxauditError("the API's answer is not a list", where=_shown(path))
        yield from reply.body
        if following == "link":
            url = _linked(reply.headers.get("link", ""))
        else:
            page = reply.headers.get("x-next-page", "")
            url = f"{path}&page={page}" if page.isdecimal() else None
    raise CtxauditError(f"the list has no end after {_PAGES:,} pages", where=_shown(path))


def text(value: object, *names: str) -> str:
    """Give a string inside of a JSON value, "" if there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


def whole(value: object, *names: str) -> int:
    """Give a number inside of a JSON value; raises CtxauditError if there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    if not isinstance(value, int):
        raise CtxauditError(f"there is no number {'.'.join(names)}", where="the forge's answer")
    return value


def checked_token(token: str) -> str:
    """Give a token without the blanks around it; raises CtxauditError, without the token, for one that none is."""
    stripped = token.strip()
    if not re.fullmatch(r"[!-~]*", stripped):
        raise CtxauditError("the token holds a character that no token has", fix="set it again, as one line")
    return stripped


def _origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port; raises CtxauditError for what is not an address of the web."""
    try:
        parts = urlsplit(url)
        if parts.hostname and not (parts.username or parts.password):
            return parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme]
    except (KeyError, ValueError):
        pass
    raise CtxauditError("the API's address is not of the form https://host/path", where=_shown(url))


def _joined(url: str, location: str) -> str:
    """The address that a redirect names, as it stands if it is not valid: `_origin` refuses it then."""
    try:
        return urljoin(url, location)
    except ValueError:
        return location


def _shown(url: str) -> str:
    """An address without its query and without credentials."""
    return re.sub(r"//[^/@]*@", "//", url.partition("?")[0])


def _pool(base: str) -> urllib3.PoolManager:
    """A pool by way of the proxy, with the certificates that the environment names (`SSL_CERT_FILE`)."""
    import ssl
    from urllib.request import getproxies, proxy_bypass

    import urllib3

    parts = urlsplit(base)
    proxy = getproxies().get(parts.scheme)
    address, user = _proxy(proxy) if proxy and not proxy_bypass(parts.netloc) else ("", "")
    is_secure = "https" in (parts.scheme, urlsplit(address).scheme)
    context = ssl.create_default_context() if is_secure else None  # it takes 30 ms to load the certificates
    if not address:
        return urllib3.PoolManager(ssl_context=context)
    headers = urllib3.make_headers(proxy_basic_auth=user) if user else None
    return urllib3.ProxyManager(address, proxy_headers=headers, ssl_context=context)


def _proxy(named: str) -> tuple[str, str]:
    """The address of a proxy, and user:password, "" for none; raises CtxauditError for one that is not of the web."""
    try:
        address = urlsplit(named if "://" in named else f"http://{named}")
        user = f"{unquote(address.username)}:{unquote(address.password or '')}" if address.username else ""
        user.encode("latin-1")
        if address.hostname and address.scheme in _PORTS:
            return f"{address.scheme}://{address.hostname}:{address.port or _PORTS[address.scheme]}", user
    except ValueError:
        pass
    raise CtxauditError("the proxy that the environment names is not of the form http://host:port")


def _within(seconds: float, work: Callable[[], _Reply]) -> _Reply:
    """Give what comes of the work; raises TimeoutError where it takes longer.

    The limits of a socket count anew with each byte, and the name of a host is looked up without any: hence a thread,
    which ends with the process.
    """
    future: Future[_Reply] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 handed on, not handled
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future.result(seconds)


def _read(response: urllib3.BaseHTTPResponse, until: float) -> bytes:
    """Read an answer, as far as it comes in time."""
    import urllib3

    pieces: list[bytes] = []
    size = 0
    while piece := response.read1(_CHUNK):
        pieces.append(piece)
        size += len(piece)
        if time.monotonic() > until or size > _LARGEST:
            raise urllib3.exceptions.TimeoutError
    return b"".join(pieces)


def _lost(error: Exception) -> str:
    """Say why no answer came, without what an error of the library may quote."""
    import urllib3

    kinds = {
        urllib3.exceptions.NewConnectionError: "the host cannot be reached",
        urllib3.exceptions.ProxyError: "the proxy cannot be reached",
        urllib3.exceptions.TimeoutError: _TOO_LONG,
        urllib3.exceptions.SSLError: "the certificate is not one that this machine trusts",
    }
    return next((reason for kind, reason in kinds.items() if isinstance(error, kind)), "the connection broke")


def _parsed(data: bytes) -> Any:
    with suppress(ValueError, RecursionError):
        return json.loads(data)
    return None


def _message(body: object, token: str) -> str:
    """Give the words of a refusal, without the token, of which not even the start may be left where they are cut."""
    message = body.get("message") or body.get("error") if isinstance(body, dict) else None
    words = ""
    with suppress(RecursionError):  # lists in each other
        words = str(message or "")
    return " ".join((words.replace(token, "***") if token else words).split())[:_LONGEST]


def _pause(method: str, reply: _Reply, attempt: int, most: float) -> float | None:
    """The seconds after which to send a request again, None where it is not sent again."""
    retry_after = _asked(reply.headers)
    backoff = _FIRST_PAUSE * 2**attempt
    if reply.status in _REFUSED_FOR_NOW:
        pause = backoff if retry_after is None and reply.status == 429 else retry_after
    elif method in _REPEATABLE and (reply.status == 0 or reply.status >= 500):
        pause = max(retry_after or 0, backoff)
    else:
        return None
    return pause if pause is not None and pause <= most else None


def _asked(headers: Mapping[str, str]) -> float | None:
    """The seconds that the forge asks us to wait: Retry-After, or the end of a rate limit that is used up."""
    after = headers.get("retry-after", "")
    if after.isdecimal():
        return float(after)
    with suppress(ValueError, OverflowError):
        if after:
            from email.utils import parsedate_to_datetime

            return max(0.0, parsedate_to_datetime(after).timestamp() - time.time())
    reset = headers.get("x-ratelimit-reset", "") or headers.get("ratelimit-reset", "")
    used_up = (headers.get("x-ratelimit-remaining") or headers.get("ratelimit-remaining")) == "0"
    return max(0.0, float(reset) - time.time()) + 1 if used_up and reset.isdecimal() else None


def _linked(header: str) -> str | None:
    """The next page by a Link header; source: RFC 8288, as GitHub writes it."""
    match = re.search(r'<([^<>]*)>[^<>]*;\s*rel="?next"?', header)
    return match[1] if match else None
