"""One request, tried again while it may yet succeed, its answer whole in a file or not at all."""

from __future__ import annotations

import email.utils
import hashlib
import http.client
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import IO, Any

from mesh_jobs.adapters.web.pages import require_same_origin
from mesh_jobs.domain.errors import BadInput, OutOfReach

#: Seconds without a byte; the largest answer; seconds to wait before each further try, and at most when a service says.
SILENCE_SECONDS = 60
MOST_BYTES = 512 << 20
WAITS = (1.0, 2.0, 4.0, 8.0, 16.0)
LONGEST_WAIT = 300.0
_BLOCK = 256 << 10
_PASSING = (408, 425, 429, 500, 502, 503, 504)


@dataclass(frozen=True)
class Page:
    """An answer: where it is kept, the digest of its bytes, its headers, and the URL that gave it after redirects."""

    path: Path
    digest: str
    headers: Message
    url: str


class _Broken(Exception):
    """An answer that did not come whole."""


@dataclass
class Requests:
    """Asks one service for one source."""

    source: str
    header: tuple[str, str] | None
    notice: Callable[[str], None]
    sleep: Callable[[float], None] = time.sleep
    most_bytes: int = MOST_BYTES

    def get(self, url: str, path: Path, shown: str) -> Page:
        """`shown` is the request for people. Raises BadInput, OutOfReach."""
        for pause in (*WAITS, None):
            try:
                return self._once(url, path, shown)
            except urllib.error.HTTPError as error:
                said, wait = f"{error.code} {error.reason}", _retry_after(error.headers)
                passing = error.code in _PASSING
                error.close()
                if not passing:
                    raise self._refused(shown, error.code, said) from None
            except (_Broken, http.client.HTTPException, OSError) as error:
                said, wait = _why(error), None
                if isinstance(getattr(error, "reason", None), ssl.SSLCertVerificationError):
                    pause = None
            if pause is None or (wait or 0) > LONGEST_WAIT:
                late = f" and asks to wait for {wait:.0f} s" if wait and wait > LONGEST_WAIT else ""
                raise OutOfReach(
                    f"source {self.source}: {shown}: {said}{late}",
                    "check the service and the network (on AWS a job reaches the internet through `natGateways` "
                    "of its domain's network), then start the run again",
                )
            seconds = pause if wait is None else wait
            self.notice(f"source {self.source}: {shown}: {said}; asking again in {seconds:g} s")
            self.sleep(seconds)
        raise AssertionError("every try ends")

    def _once(self, url: str, path: Path, shown: str) -> Page:
        request = urllib.request.Request(url, headers={"User-Agent": "cdk-data-mesh", "Accept-Encoding": "identity"})
        if self.header is not None:
            request.add_header(*self.header)
        opener = urllib.request.build_opener(_SameOrigin(self.source, url))
        with opener.open(request, timeout=SILENCE_SECONDS) as answer, path.open("wb") as out:
            digest, size, length = hashlib.sha256(), 0, answer.headers.get("Content-Length")
            while block := answer.read(_BLOCK):
                size += len(block)
                if size > self.most_bytes:
                    raise BadInput(
                        f"source {self.source}: {shown} is longer than {self.most_bytes >> 20} MB",
                        "have the service answer in pages (`paginate`), or deliver it as files",
                    )
                digest.update(block)
                out.write(block)
            # Before Python 3.13 an answer that ends early is taken for whole when it is read in blocks.
            if length is not None and size != int(length):
                raise _Broken(f"the answer broke off after {size} of {length} bytes")
            if length is None and answer.headers.get("Transfer-Encoding", "").lower() != "chunked":
                raise _Broken("the answer does not say how long it is, so it may be cut off")
            if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
                packing = answer.headers["Content-Encoding"]
                raise BadInput(
                    f"source {self.source}: {shown} is compressed ({packing}), which was not requested",
                    "have the service honour Accept-Encoding: identity",
                )
            return Page(path, digest.hexdigest(), answer.headers, answer.url)

    def _refused(self, shown: str, code: int, said: str) -> OutOfReach:
        remedy = {
            401: "correct the header of the connection",
            403: "correct the header of the connection, or have the service allow it",
            404: "correct the url in the pipeline",
        }.get(code, "check what the service expects")
        return OutOfReach(f"source {self.source}: {shown}: {said}", f"{remedy}, then start the run again")


class _SameOrigin(urllib.request.HTTPRedirectHandler):
    max_redirections = 5

    def __init__(self, source: str, url: str) -> None:
        self._source, self._url = source, url

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        require_same_origin(self._source, self._url, newurl, "the service redirects")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _retry_after(headers: Message) -> float | None:
    """Seconds (RFC 9110, 10.2.3): a number, or until a date."""
    told = headers.get("Retry-After")
    if told is None:
        return None
    if told.strip().isdigit():
        return float(told)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(told).timestamp() - time.time())
    except (TypeError, ValueError):
        return None


def _why(error: BaseException) -> str:
    if isinstance(error, http.client.IncompleteRead):
        return "the answer broke off"
    reason = getattr(error, "reason", error)
    if isinstance(reason, TimeoutError):
        return "no answer in time"
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {reason.verify_message}"
    if isinstance(reason, OSError) and reason.strerror:
        return reason.strerror
    return str(reason) or type(error).__name__
