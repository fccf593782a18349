"""An OpenID provider for the tests: honest until it is told to lie, and then about anything.

It is a real HTTP server with keys of its own. Honest, it is strict: it checks our signature,
our audience, that a code is used once, by PKCE, from the same redirect URI. `Lies` are functions
that bend one thing just before it is sent. It shares the tests' clock.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwe
from joserfc.jwk import RSAKey
from jwt.algorithms import RSAAlgorithm

Json = dict[str, Any]
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    """Return a key that is the same whenever it is asked for by this name."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_jwk(key: rsa.RSAPrivateKey, kid: str, **more: str) -> Json:
    return {**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, "use": "sig", **more}


def encrypt(
    inner: str,
    key: rsa.RSAPublicKey,
    *,
    kid: str | None = "ours-enc",
    alg: str = "RSA-OAEP-256",
    enc: str = "A256GCM",
    **header: Any,
) -> str:
    """Encrypt to our key, which anybody can."""
    named = {"kid": kid} if kid else {}
    registry = jwe.JWERegistry(algorithms=[alg, enc, "DEF"], strict_check_header=False)
    head = {"alg": alg, "enc": enc, "cty": "JWT", **named, **header}
    return jwe.encrypt_compact(head, inner, RSAKey(key, key), registry=registry)


@dataclass
class Lies:
    """What is bent, just before it is sent. None of them: the honest provider."""

    metadata: Callable[[Json], Json] = lambda said: said
    keys: Callable[[Json], Json] = lambda said: said
    callback: Callable[[dict[str, str]], dict[str, str]] = lambda query: query
    claims: Callable[[Json], Json] = lambda claims: claims
    header: Json = field(default_factory=dict)  # more of the ID token's
    sign: Callable[[Json], str] | None = None
    encrypt: Callable[[str], str] | None = None
    tokens: Callable[[Json], Json] = lambda answer: answer
    userinfo: Callable[[Json], Json] = lambda claims: claims
    pushed: Callable[[Json], Json] = lambda answer: answer
    #: Instead of an honest answer, by path: anything that HTTP can say.
    answers: dict[str, Callable[[web.Request], Any]] = field(default_factory=dict)


@dataclass
class Provider:
    """A provider with one client. `login` is the person's browser at its pages."""

    clock: Callable[[], int]
    client: str
    client_keys: list[Json]  # public, for our signatures
    encryption_key: rsa.RSAPublicKey  # ours
    person: Json
    encrypts: bool = True
    userinfo_as: Literal["json", "signed", "encrypted"] = "json"
    lies: Lies = field(default_factory=Lies)
    kid: str = "theirs-1"
    algorithm: str = "RS256"
    entity_kid: str = "entity-1"
    issuer: str = ""
    session_since: int | None = None  # seconds: somebody is logged in already
    asked: Counter[str] = field(default_factory=Counter)  # requests by path
    requests: list[Json] = field(default_factory=list)  # request objects, as they came
    _pushed: dict[str, Json] = field(default_factory=dict)
    _codes: dict[str, Json] = field(default_factory=dict)
    _assertions: set[str] = field(default_factory=set)

    def now(self) -> int:
        return self.clock() // 1000

    def key(self) -> rsa.RSAPrivateKey:
        return rsa_key(self.kid)

    def rotate(self, kid: str) -> None:
        """Sign by another key from now on; the old one is gone."""
        self.kid = kid

    def login(self, address: str) -> dict[str, str]:
        """Return the callback's query after the person has logged in at `address`."""
        query = dict(parse_qsl(urlsplit(address).query))
        assert set(query) <= {"client_id", "request_uri", "request"}, "more than needed in the open"
        assert query["client_id"] == self.client
        asked = (
            self._pushed.pop(query["request_uri"])
            if "request_uri" in query
            else self._read_request(query["request"])
        )
        fresh = "login" in asked.get("prompt", "").split() or self.session_since is None
        code = secrets.token_urlsafe(16)
        self._codes[code] = {**asked, "at": self.now() if fresh else self.session_since}
        return self.lies.callback({"code": code, "state": asked["state"], "iss": self.issuer})

    def id_token(self, asked: Json) -> str:
        claims = self.lies.claims(
            {
                "iss": self.issuer,
                "sub": "transient-1",
                "aud": self.client,
                "exp": self.now() + 300,
                "iat": self.now(),
                "auth_time": asked["at"],
                "nonce": asked["nonce"],
                "acr": asked.get("acr_values", ""),
                **self.person,
            }
        )
        return self._protect((self.lies.sign or self.sign)(claims), encrypts=self.encrypts)

    def sign(self, claims: Json, **header: Any) -> str:
        """Sign any claims, those that PyJWT would not encode included."""
        head = {"kid": self.kid, **self.lies.header, **header}
        return jwt.PyJWS().encode(json.dumps(claims).encode(), self.key(), self.algorithm, head)

    def _protect(self, token: str, *, encrypts: bool) -> str:
        if self.lies.encrypt is not None:
            return self.lies.encrypt(token)
        return encrypt(token, self.encryption_key) if encrypts else token

    def _read(self, token: str, audience: set[str]) -> Json:
        """Return the claims of something that the client signed for us."""
        kid = jwt.get_unverified_header(token)["kid"]
        key = next(key for key in self.client_keys if key["kid"] == kid)
        claims: Json = jwt.decode(
            token,
            jwt.PyJWK.from_dict(key, key["alg"]),
            algorithms=[key["alg"]],
            options={"verify_aud": False, "verify_exp": False, "verify_iat": False},
        )
        assert claims["iss"] == self.client
        assert claims["aud"] in audience
        assert claims["iat"] <= self.now() < claims["exp"] <= self.now() + 600
        assert len(claims["jti"]) >= 16
        return claims

    def _read_request(self, token: str) -> Json:
        claims = self._read(token, {self.issuer})
        assert "sub" not in claims
        assert claims["response_type"] == "code"
        assert claims["code_challenge_method"] == "S256"
        self.requests.append(claims)
        return claims

    def _authenticate(self, form: Mapping[str, Any]) -> None:
        assert form["client_id"] == self.client
        assert form["client_assertion_type"] == ASSERTION_TYPE
        claims = self._read(form["client_assertion"], {self.issuer, f"{self.issuer}/token"})
        assert claims["sub"] == self.client
        assert claims["jti"] not in self._assertions, "an assertion is used once"
        self._assertions.add(claims["jti"])

    # What it answers.

    def _metadata(self) -> Json:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "pushed_authorization_request_endpoint": f"{self.issuer}/par",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "signed_jwks_uri": f"{self.issuer}/signed-jwks",
            "authorization_response_iss_parameter_supported": True,
        }

    def _keys(self) -> Json:
        return self.lies.keys({"keys": [public_jwk(self.key(), self.kid, alg=self.algorithm)]})

    async def _get_metadata(self, _: web.Request) -> web.Response:
        return web.json_response(self.lies.metadata(self._metadata()))

    async def _get_keys(self, _: web.Request) -> web.Response:
        return web.json_response(self._keys())

    async def _get_signed_keys(self, _: web.Request) -> web.Response:
        claims = {"iss": self.issuer, "exp": self.now() + 3600, **self._keys()}
        head = {"kid": self.entity_kid}
        token = jwt.encode(claims, rsa_key(self.entity_kid), "RS256", headers=head)
        return web.Response(text=token, content_type="application/jwk-set+jwt")

    async def _push(self, request: web.Request) -> web.Response:
        form = await request.post()
        self._authenticate(form)
        name = f"urn:ietf:params:oauth:request_uri:{secrets.token_urlsafe(16)}"
        self._pushed[name] = self._read_request(str(form["request"]))
        answer = self.lies.pushed({"request_uri": name, "expires_in": 60})
        return web.json_response(answer, status=201)

    async def _redeem(self, request: web.Request) -> web.Response:
        form = await request.post()
        self._authenticate(form)
        asked = self._codes.pop(str(form["code"]), None)
        digest = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        shown = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            asked is None
            or form["grant_type"] != "authorization_code"
            or form["redirect_uri"] != asked["redirect_uri"]
            or shown != asked["code_challenge"]
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        tokens = {
            "id_token": self.id_token(asked),
            "access_token": "access-1",
            "token_type": "Bearer",
            "expires_in": 60,
        }
        return web.json_response(self.lies.tokens(tokens))

    async def _get_userinfo(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer access-1"
        claims = self.lies.userinfo({"sub": "transient-1", **self.person})
        if self.userinfo_as == "json":
            return web.json_response(claims)
        signed = self.sign({"iss": self.issuer, "aud": self.client, **claims})
        token = self._protect(signed, encrypts=self.userinfo_as == "encrypted")
        return web.Response(text=token, content_type="application/jwt")

    @web.middleware
    async def _lie(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked[request.path] += 1
        if instead := self.lies.answers.get(request.path):
            answer = instead(request)
            return await answer if asyncio.iscoroutine(answer) else answer
        try:
            return await handler(request)
        except (AssertionError, KeyError, StopIteration, jwt.PyJWTError) as error:
            said = {"error": "invalid_request", "error_description": str(error)}
            return web.json_response(said, status=400)

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._lie])
        app.router.add_get("/.well-known/openid-configuration", self._get_metadata)
        app.router.add_get("/jwks", self._get_keys)
        app.router.add_get("/signed-jwks", self._get_signed_keys)
        app.router.add_post("/par", self._push)
        app.router.add_post("/token", self._redeem)
        app.router.add_get("/userinfo", self._get_userinfo)
        return app


@asynccontextmanager
async def serving(provider: Provider) -> AsyncIterator[Provider]:
    """Serve it on a free port; its issuer is that address."""
    runner = web.AppRunner(provider.application(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        provider.issuer = f"http://{host}:{port}"
        yield provider
    finally:
        await runner.cleanup()


def forge(header: Json, claims: Json, signature: bytes = b"") -> str:
    """Return a compact JWS of anything."""
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
