"""Checks of who the provider is, and of what we ask of it."""

from __future__ import annotations

from tests.mutants.runner import Edit, Mutant

__all__ = ["PROVIDER"]


def changed(name: str, file: str, old: str, new: str, *tests: str) -> Mutant:
    """Return a mutant with one edit, and the tests that should notice."""
    edit = Edit(f"server/identity/{file}", old, new)
    return Mutant(name, (edit,), tuple(f"tests/identity/test_{test}" for test in tests))


ADDRESSES = [
    changed(
        "issuer pin",
        "metadata.py",
        '    if published.get("issuer") != config.issuer:\n',
        "    if False:\n",
        "their_keys.py::test_metadata_of_another_issuer_is_refused",
    ),
    changed(
        "https only",
        "metadata.py",
        '(parts.scheme == "https" or plain)',
        "True",
        "their_keys.py::test_address_that_is_not_plainly_https_is_refused",
    ),
    changed(
        "no plain http beside https",
        "metadata.py",
        ' and urlsplit(issuer).scheme == "http"',
        "",
        "their_keys.py::test_address_that_is_not_plainly_https_is_refused",
    ),
]

KEYS = [
    changed(
        "kid missing where there is a choice",
        "signature.py",
        "fitting[0] if len(fitting) == 1",
        "fitting[0] if fitting",
        "their_keys.py::test_token_without_a_key_id_is_refused_where_there_is_a_choice",
        "their_keys.py::test_two_keys_of_one_name_are_not_chosen_between",
    ),
    changed(
        "use of a key",
        "signature.py",
        '        and key.get("use", "sig") == "sig"\n',
        "",
        "their_keys.py::test_key_that_is_not_for_this_is_not_used",
    ),
    changed(
        "algorithm of a key",
        "signature.py",
        '        and key.get("alg", algorithm) == algorithm\n',
        "",
        "their_keys.py::test_key_that_is_not_for_this_is_not_used",
    ),
    changed(
        "type of a key",
        "signature.py",
        'key.get("kty") == kind\n        and ',
        "",
        "their_keys.py::test_key_of_another_type_may_have_the_same_name",
    ),
    changed(
        "length of a key",
        "signature.py",
        '        and (kind != "RSA" or _is_long(key.get("n")))\n',
        "",
        "their_keys.py::test_short_key_is_not_used_though_it_is_the_providers",
    ),
    changed(
        "keys fetched again for an unknown kid",
        "keyset.py",
        "await self._keys.renew(keys)",
        "keys",
        "their_keys.py::test_token_by_a_new_key_is_verified_after_the_keys_were_fetched_again",
    ),
    changed(
        "key refetch limit",
        "cached.py",
        "self._renewed_at is not None and now - self._renewed_at < PAUSE",
        "False",
        "their_keys.py::test_unknown_keys_make_us_fetch_once_a_minute_at_most",
    ),
    changed(
        "one fetch for many",
        "cached.py",
        "if self._value is not None and self._value is not seen:",
        "if False:",
        "their_keys.py::test_many_who_come_at_a_rotation_wait_for_one_fetch",
    ),
    changed(
        "keys that were taken away",
        "cached.py",
        "return self._value if self._clock() - self._fetched_at < age else None",
        "return self._value",
        "their_keys.py::test_key_that_the_provider_took_away_is_no_longer_believed",
    ),
    changed(
        "keys kept for a day at most",
        "cached.py",
        "self._within(STALE)",
        "self._value",
        "their_keys.py::test_provider_that_went_down_is_served_from_what_is_known_for_a_day",
    ),
    changed(
        "keys at hand before the login",
        "relying_party.py",
        "        await self._theirs.prepare()\n",
        "",
        "their_keys.py::test_nobody_is_sent_to_log_in_when_the_keys_cannot_be_had",
    ),
    changed(
        "size of a key set",
        "keyset.py",
        "not 0 < len(keys) <= _MAX_KEYS",
        "not keys",
        "malformed.py::test_key_set_of_thousands_is_refused",
    ),
    changed(
        "signature of the key set",
        "keyset.py",
        "claims = verify(token, key, header)",
        'claims = __import__("jwt").decode(token, options={"verify_signature": False})',
        "their_keys.py::test_key_set_that_was_forged_under_the_entitys_name_is_refused",
    ),
    changed(
        "time of the key set",
        "keyset.py",
        "    if not isinstance(expires_at, int | float) or expires_at <= now:\n",
        "    if False:\n",
        "their_keys.py::test_key_set_whose_time_is_over_is_refused",
    ),
]

REQUEST = [
    changed(
        "PKCE verifier",
        "request.py",
        '        "code_verifier": attempt.verifier,\n',
        "",
        "relying_party.py::test_person_is_proven_by_a_pushed_request_and_an_encrypted_token",
    ),
    Mutant(
        "PKCE of each attempt its own",
        (
            Edit("server/identity/request.py", "challenge(attempt.verifier)", 'challenge("v")'),
            Edit("server/identity/request.py", 'verifier": attempt.verifier', 'verifier": "v"'),
        ),
        ("tests/identity/test_attacks.py::test_code_of_another_attempt_is_worth_nothing_by_pkce",),
    ),
    changed(
        "prompt=login",
        "request.py",
        '        claims["prompt"] = config.prompt\n',
        "        pass\n",
        "relying_party.py::test_login_of_before_does_not_count_because_a_fresh_one_is_asked_for",
    ),
    changed(
        "acr asked for",
        "request.py",
        '        claims["acr_values"] = " ".join(method.acr)\n',
        "        pass\n",
        "relying_party.py::test_person_is_proven_by_a_pushed_request_and_an_encrypted_token",
    ),
    changed(
        "request is no assertion",
        "request.py",
        '        "jti": jti,\n        "client_id"',
        '        "jti": jti,\n        "sub": config.client_id,\n        "client_id"',
        "request.py::test_request_object_would_not_pass_for_a_client_assertion",
    ),
    changed(
        "configured parameters protect nothing",
        "request.py",
        "    claims |= {",
        "    claims = claims and {",
        "request.py::test_configured_parameters_never_replace_what_protects_the_attempt",
    ),
]

TRANSPORT = [
    changed(
        "no redirects",
        "transport.py",
        "allow_redirects=False",
        "allow_redirects=True",
        "malformed.py::test_redirect_is_not_followed",
    ),
    changed(
        "size of an answer",
        "transport.py",
        "len(data) > MAX_SIZE",
        "False",
        "malformed.py::test_answer_of_the_largest_size_is_read_and_a_byte_more_is_not",
    ),
    changed(
        "no packed answers",
        "transport.py",
        '.lower() not in ("", "identity"):',
        ".lower() is None:",
        "malformed.py::test_packed_answer_is_refused_though_it_makes_sense",
    ),
    changed(
        "token response is one",
        "response.py",
        "not isinstance(id_token, str) or not 0 < len(id_token) <= _MAX_TOKEN",
        "False",
        "malformed.py::test_id_token_that_is_none_is_refused",
    ),
    changed(
        "token of a header's shape",
        "response.py",
        "not isinstance(access_token, str) or not _is_bearer(access_token)",
        "False",
        "malformed.py::test_token_that_no_header_can_hold_is_refused",
    ),
]

PROVIDER = [*ADDRESSES, *KEYS, *REQUEST, *TRANSPORT]
