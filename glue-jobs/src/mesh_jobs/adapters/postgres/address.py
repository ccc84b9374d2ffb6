"""Where a data base listens, who asks, and how the way there is secured."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass, field
from typing import Literal, cast, get_args

from mesh_jobs.domain.errors import BadRequest

#: As libpq has them, less those that fall back to plain text without a word.
SslMode = Literal["disable", "require", "verify-ca", "verify-full"]


@dataclass(frozen=True)
class Address:
    """One login of one data base. `ca` is PEM; without it the authorities of the machine count."""

    host: str
    port: int
    database: str
    user: str
    password: str = field(repr=False, default="")
    ssl_mode: SslMode = "verify-full"
    ca: str | None = field(repr=False, default=None)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}/{self.database}"


def ssl_mode(written: str | None, host: str) -> SslMode:
    """Verified unless somebody says otherwise; on this machine there is nobody between. Raises BadRequest."""
    if written is None:
        return "disable" if _is_here(host) else "verify-full"
    if written not in get_args(SslMode):
        raise BadRequest(f"sslmode is one of {', '.join(get_args(SslMode))}, got {written!r}")
    return cast(SslMode, written)


def tls(address: Address) -> ssl.SSLContext:
    """Raises BadRequest when `ca` is no certificate."""
    try:
        context = ssl.create_default_context(cadata=address.ca)
    except (ssl.SSLError, ValueError):
        raise BadRequest("ca is not a certificate", "write it as PEM: -----BEGIN CERTIFICATE----- …") from None
    context.check_hostname = address.ssl_mode == "verify-full"
    if address.ssl_mode == "require":
        context.verify_mode = ssl.CERT_NONE
    return context


def _is_here(host: str) -> bool:
    if host in ("localhost", ""):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
