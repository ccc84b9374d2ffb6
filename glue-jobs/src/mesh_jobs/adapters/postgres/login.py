"""How a client shows that it knows the password, without saying it: SCRAM-SHA-256 (RFC 5802, RFC 7677), and MD5 where a
server still has only that."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import unicodedata


class Scram:
    """One exchange: `first`, then `answer` to what the server says, then `is_server` when it has the last word."""

    def __init__(self, password: str, nonce: str | None = None) -> None:
        self._password = unicodedata.normalize("NFKC", password).encode()
        self._nonce = nonce or base64.b64encode(secrets.token_bytes(18)).decode()
        # PostgreSQL takes the user of the start-up message.
        self._bare = f"n=,r={self._nonce}"
        self._signature = b""

    def first(self) -> bytes:
        return f"n,,{self._bare}".encode()

    def answer(self, challenge: bytes) -> bytes:
        """Raises ValueError when the challenge is not an answer to ours."""
        told = _pairs(challenge)
        nonce, salt, rounds = told["r"], base64.b64decode(told["s"]), int(told["i"])
        if not nonce.startswith(self._nonce):
            raise ValueError("the server answers somebody else")
        salted = hashlib.pbkdf2_hmac("sha256", self._password, salt, rounds)
        ours = f"c=biws,r={nonce}"
        signed = f"{self._bare},{challenge.decode()},{ours}".encode()
        key = _hmac(salted, b"Client Key")
        proof = bytes(a ^ b for a, b in zip(key, _hmac(hashlib.sha256(key).digest(), signed), strict=True))
        self._signature = _hmac(_hmac(salted, b"Server Key"), signed)
        return f"{ours},p={base64.b64encode(proof).decode()}".encode()

    def is_server(self, last: bytes) -> bool:
        """Whether the server knows the password, too."""
        return hmac.compare_digest(base64.b64decode(_pairs(last).get("v", "")), self._signature)


def md5(user: str, password: str, salt: bytes) -> bytes:
    inner = hashlib.md5(password.encode() + user.encode(), usedforsecurity=False).hexdigest()
    return b"md5" + hashlib.md5(inner.encode() + salt, usedforsecurity=False).hexdigest().encode()


def _pairs(message: bytes) -> dict[str, str]:
    return dict(part.split("=", 1) for part in message.decode().split(",") if "=" in part)


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")
