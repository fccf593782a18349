"""The checks of bank ID, each taken out once: `make mutants-identity`.

The last line is JSON: {"mutants": n, "killed": n}. Exits with 1 when one survives.
"""

from __future__ import annotations

import json
import sys

from tests.mutants.runner import Edit, Mutant, run

IDENTITY = "server/identity/"
ATTACKS = ("tests/identity/test_attacks.py",)
HONEST = ("tests/identity/test_relying_party.py",)
KEYS = ("tests/identity/test_their_keys.py",)
MALFORMED = ("tests/identity/test_malformed.py",)


def gone(name: str, file: str, old: str, new: str, tests: tuple[str, ...] = ATTACKS) -> Mutant:
    """Return a mutant of the relying party with one edit."""
    return Mutant(name, (Edit(IDENTITY + file, old, new),), tests)


def never(name: str, file: str, check: str, tests: tuple[str, ...] = ATTACKS) -> Mutant:
    """Return a mutant whose check, an `if`, is never true."""
    return gone(name, file, f"    if {check}:\n", "    if False:\n", tests)


CALLBACK = [
    never("state", "response.py", 'not equal(answer.get("state"), attempt.state)'),
    never(
        "RFC 9207 iss of another", "response.py", "issuer is not None and issuer != config.issuer"
    ),
    never(
        "RFC 9207 iss announced but missing", "response.py", "issuer is None and announces_issuer"
    ),
    never("code missing", "response.py", "not code or len(code) > _MAX_CODE"),
    never("cancelled told apart", "response.py", "error in config.cancelled"),
    gone(
        "error answers nothing",
        "response.py",
        '    if error := answer.get("error"):\n',
        '    if error := "":\n',
    ),
]

CLAIMS = [
    never("iss", "claims.py", 'claims.get("iss") != config.issuer'),
    never("aud", "claims.py", "config.client_id not in names"),
    never("aud for others too", "claims.py", "len(names) > 1 and not config.aud_list_with_azp"),
    never("azp missing", "claims.py", "authorized is None and len(names) > 1"),
    never("azp", "claims.py", "authorized is not None and authorized != config.client_id"),
    never("nonce", "claims.py", 'not equal(claims.get("nonce"), attempt.nonce)'),
    never(
        "exp",
        "claims.py",
        '(expires_at := _time(claims, "exp")) is None or expires_at + LEEWAY <= now',
    ),
    never(
        "iat",
        "claims.py",
        '(issued_at := _time(claims, "iat")) is None or issued_at - LEEWAY > now',
    ),
    never(
        "nbf",
        "claims.py",
        '(not_before := _time(claims, "nbf")) is not None and not_before - LEEWAY > now',
    ),
    never("auth_time asked at all", "claims.py", "config.auth_time"),
    gone(
        "auth_time before the start",
        "claims.py",
        "logged_in_at is None or logged_in_at + LOGIN_LEEWAY < attempt.started_at / 1000",
        "logged_in_at is None",
    ),
    gone(
        "auth_time missing",
        "claims.py",
        "if logged_in_at is None or",
        "if logged_in_at is not None and",
    ),
    never("auth_time to come", "claims.py", "logged_in_at - LEEWAY > now"),
    gone(
        "acr",
        "claims.py",
        "level = method.levels.get(acr) if isinstance(acr, str) else None\n",
        "level = method.levels.get(str(acr), method.level)\n",
    ),
    gone(
        "acr by userinfo",
        "claims.py",
        "_level(config, method, id_token)",
        "_level(config, method, {**userinfo, **id_token})",
    ),
    never("test level", "claims.py", "_is_test(config, acr) and not config.demo"),
    gone("test level by configuration", "claims.py", "acr in config.test_acrs or ", ""),
    gone(
        "test level of the network",
        "claims.py",
        " or (isinstance(acr, str) and acr.startswith(_TEST_LEVELS))",
        "",
    ),
    gone(
        "userinfo sub",
        "claims.py",
        'not equal(userinfo.get("sub"), subject)',
        "False",
    ),
    never("userinfo iss", "claims.py", 'userinfo.get("iss", config.issuer) != config.issuer'),
    never(
        "userinfo aud",
        "claims.py",
        "config.client_id not in (audience if isinstance(audience, list) else [audience])",
    ),
    gone(
        "token before userinfo", "claims.py", "{**userinfo, **id_token}", "{**id_token, **userinfo}"
    ),
    never(
        "header says the same", "claims.py", "name in header and header[name] != claims.get(name)"
    ),
    gone("code is one", "claims.py", "code = normalise(method.country, code)", "pass"),
    never("code there", "claims.py", "not code"),
    never("country", "claims.py", "where.country and claims.get(where.country) != method.country"),
]

SIGNATURES = [
    gone(
        "signature",
        "signature.py",
        "algorithms=[header.algorithm])",
        'algorithms=[header.algorithm], options={"verify_signature": False})',
    ),
    gone("algorithm pin", "signature.py", "algorithm not in algorithms or ", ""),
    gone(
        "algorithm known",
        "signature.py",
        "not isinstance(algorithm, str) or algorithm not in algorithms or algorithm not in _KEY_TYPES",
        "False",
    ),
    never("kid", "signature.py", "header.kid is not None"),
    gone(
        "kid that two keys have",
        "signature.py",
        "fitting[0] if len(fitting) == 1",
        "fitting[0] if fitting",
        KEYS,
    ),
    gone("use of a key", "signature.py", '        and key.get("use", "sig") == "sig"\n', "", KEYS),
    gone(
        "algorithm of a key",
        "signature.py",
        '        and key.get("alg", algorithm) == algorithm\n',
        "",
        KEYS,
    ),
    gone("type of a key", "signature.py", 'key.get("kty") == kind\n        and ', "", KEYS),
    gone(
        "length of a key",
        "signature.py",
        '        and (kind != "RSA" or _is_long(key.get("n")))\n',
        "",
        KEYS,
    ),
    gone(
        "keys fetched again for an unknown kid",
        "keyset.py",
        "await self._fetched.renew(keys)",
        "keys",
        KEYS,
    ),
    gone(
        "key refetch limit",
        "cached.py",
        "self._renewed_at is not None and now - self._renewed_at < PAUSE",
        "False",
        KEYS,
    ),
    gone(
        "one fetch for many",
        "cached.py",
        "if self._value is not None and self._value is not seen:",
        "if False:",
        KEYS,
    ),
    gone("keys kept for a day at most", "cached.py", "self._within(STALE)", "self._value", KEYS),
    gone(
        "keys looked at again",
        "cached.py",
        "        if (value := self._within(FRESH)) is not None:\n            return value\n        async",
        "        if (value := self._value) is not None:\n            return value\n        async",
        KEYS,
    ),
    gone(
        "provider that is down let be",
        "cached.py",
        "self._failure is not None and ",
        "False and self._failure is not None and ",
        KEYS,
    ),
    gone(
        "keys at hand before the login",
        "relying_party.py",
        "        await self._theirs.prepare()\n",
        "",
        KEYS,
    ),
    gone("size of a key set", "keyset.py", "not 0 < len(keys) <= _MAX_KEYS", "not keys", MALFORMED),
    gone(
        "entity key",
        "keyset.py",
        "choose_key(entity_keys, header)",
        'choose_key([*entity_keys, *__import__("jwt").decode(token, options={"verify_signature": False})["keys"]], header)',
        KEYS,
    ),
    gone(
        "signature of the key set",
        "keyset.py",
        "claims = verify(token, key, header)",
        'claims = __import__("jwt").decode(token, options={"verify_signature": False})',
        KEYS,
    ),
    never(
        "time of the key set",
        "keyset.py",
        "not isinstance(expires_at, int | float) or expires_at <= now",
        KEYS,
    ),
    gone(
        "pinned keys stay",
        "keyset.py",
        'key is None and self._config.keys != "pinned"',
        "key is None",
        KEYS,
    ),
]

ENCRYPTION = [
    gone(
        "encryption required",
        "decrypt.py",
        'raise invalid("not_encrypted", "The token is not encrypted, which was agreed.")',
        "return Opened(token, {})",
    ),
    gone(
        "encryption not agreed",
        "decrypt.py",
        "        if parts == _ENCRYPTED_PARTS:\n",
        "        if False:\n",
    ),
    gone(
        "encryption algorithms",
        "decrypt.py",
        "algorithms=[*expected.encryption, *expected.content],",
        'algorithms=["RSA-OAEP", "RSA-OAEP-256", "A128GCM", "A256GCM"],',
    ),
    gone("no packed tokens", "decrypt.py", "*expected.content],", '*expected.content, "DEF"],'),
    gone(
        "header repeats the token",
        "relying_party.py",
        "        check_header(opened.header, claims)\n",
        "",
    ),
]

REQUEST = [
    gone("PKCE verifier", "request.py", '        "code_verifier": attempt.verifier,\n', "", HONEST),
    gone(
        "PKCE challenge",
        "request.py",
        '        "code_challenge": challenge(attempt.verifier),\n',
        '        "code_challenge": challenge(""),\n',
        HONEST,
    ),
    Mutant(
        "PKCE of each attempt",
        (
            Edit(IDENTITY + "request.py", "challenge(attempt.verifier),\n", 'challenge("v"),\n'),
            Edit(
                IDENTITY + "request.py",
                '"code_verifier": attempt.verifier,',
                '"code_verifier": "v",',
            ),
        ),
        ATTACKS,
    ),
    gone(
        "prompt=login",
        "request.py",
        '        claims["prompt"] = config.prompt\n',
        "        pass\n",
        HONEST,
    ),
    gone(
        "acr asked for",
        "request.py",
        '        claims["acr_values"] = " ".join(method.acr)\n',
        "        pass\n",
        HONEST,
    ),
    gone(
        "nonce sent",
        "request.py",
        '        "nonce": attempt.nonce,\n',
        '        "nonce": "n",\n',
        HONEST,
    ),
    gone(
        "state sent",
        "request.py",
        '        "state": attempt.state,\n',
        '        "state": "s",\n',
        HONEST,
    ),
    gone(
        "request not an assertion",
        "request.py",
        '        "jti": jti,\n        "client_id"',
        '        "jti": jti,\n        "sub": config.client_id,\n        "client_id"',
        HONEST,
    ),
    gone(
        "parameters of the configuration come last",
        "request.py",
        "    claims |= {",
        "    claims = claims and {",
        ("tests/identity/test_request.py",),
    ),
]

TRANSPORT = [
    never("issuer pin", "metadata.py", 'published.get("issuer") != config.issuer', KEYS),
    gone("https only", "metadata.py", '(parts.scheme == "https" or plain)', "True", KEYS),
    gone(
        "no plain http beside https",
        "metadata.py",
        ' and urlsplit(issuer).scheme == "http"',
        "",
        KEYS,
    ),
    gone(
        "no redirects", "transport.py", "allow_redirects=False", "allow_redirects=True", MALFORMED
    ),
    gone("size of an answer", "transport.py", "len(data) > MAX_SIZE", "False", MALFORMED),
    gone(
        "no packed answers",
        "transport.py",
        '    if response.headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):\n',
        "    if False:\n",
        MALFORMED,
    ),
    gone(
        "token response is one",
        "response.py",
        "not isinstance(id_token, str) or not 0 < len(id_token) <= _MAX_TOKEN",
        "False",
        MALFORMED,
    ),
    gone(
        "token of a header's shape",
        "response.py",
        "not isinstance(access_token, str) or not _is_bearer(access_token)",
        "False",
        MALFORMED,
    ),
]

MUTANTS = [*CALLBACK, *CLAIMS, *SIGNATURES, *ENCRYPTION, *REQUEST, *TRANSPORT]


def main() -> int:
    """Try the mutants whose names hold a word of the command line; without one, all."""
    words = sys.argv[1:]
    chosen = [one for one in MUTANTS if not words or any(word in one.name for word in words)]
    survived = run(chosen)
    for mutant in survived:
        print(f"no test noticed that this is gone: {mutant.name}")
    print(json.dumps({"mutants": len(chosen), "killed": len(chosen) - len(survived)}))
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
