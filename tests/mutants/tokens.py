"""Checks of what the browser brings back and of what the tokens say."""

from __future__ import annotations

from tests.mutants.runner import Edit, Mutant

__all__ = ["TOKENS"]


def changed(
    name: str, file: str, old: str, new: str, test: str, *, among: str = "attacks"
) -> Mutant:
    """Return a mutant with one edit, and the attack that should notice."""
    return Mutant(
        name,
        (Edit(f"server/identity/{file}", old, new),),
        (f"tests/identity/test_{among}.py::{test}",),
    )


def never(name: str, file: str, check: str, test: str, *, among: str = "attacks") -> Mutant:
    """Return a mutant whose check, an `if`, is never true."""
    return changed(name, file, f"    if {check}:\n", "    if False:\n", test, among=among)


CALLBACK = [
    never(
        "state",
        "response.py",
        'not equal(answer.get("state"), attempt.state)',
        "test_answer_to_another_attempt_is_refused_before_the_code_is_spent",
    ),
    never(
        "RFC 9207 iss of another",
        "response.py",
        "issuer is not None and issuer != config.issuer",
        "test_mix_up_with_another_issuer_is_refused_before_the_code_is_spent",
    ),
    never(
        "RFC 9207 iss announced but missing",
        "response.py",
        "issuer is None and announces_issuer",
        "test_answer_without_the_announced_issuer_is_refused",
    ),
    never(
        "code missing",
        "response.py",
        "not code or len(code) > _MAX_CODE",
        "test_answer_without_a_usable_code_is_refused",
    ),
    never(
        "cancelled told apart",
        "response.py",
        "error in config.cancelled",
        "test_providers_error_is_told_in_our_words",
    ),
]

CLAIMS = [
    never(
        "iss",
        "claims.py",
        'claims.get("iss") != config.issuer',
        "test_token_of_another_issuer_is_refused",
    ),
    never(
        "aud",
        "claims.py",
        "config.client_id not in names",
        "test_token_for_another_client_is_refused",
    ),
    never(
        "aud of others too",
        "claims.py",
        "len(names) > 1 and not config.aud_list_with_azp",
        "test_token_for_us_and_others_is_refused_where_that_was_not_agreed",
    ),
    never(
        "azp missing",
        "claims.py",
        "authorized is None and len(names) > 1",
        "test_token_for_many_that_another_asked_for_is_refused",
    ),
    never(
        "azp",
        "claims.py",
        "authorized is not None and authorized != config.client_id",
        "test_token_that_another_client_asked_for_is_refused",
    ),
    never(
        "nonce",
        "claims.py",
        'not equal(claims.get("nonce"), attempt.nonce)',
        "test_token_of_another_attempt_is_refused_by_its_nonce",
    ),
    never(
        "exp",
        "claims.py",
        '(expires_at := _time(claims, "exp")) is None or expires_at + LEEWAY <= now',
        "test_expired_token_is_refused",
    ),
    never(
        "iat",
        "claims.py",
        '(issued_at := _time(claims, "iat")) is None or issued_at - LEEWAY > now',
        "test_token_from_the_future_is_refused",
    ),
    never(
        "nbf",
        "claims.py",
        '(not_before := _time(claims, "nbf")) is not None and not_before - LEEWAY > now',
        "test_token_from_the_future_is_refused",
    ),
    changed(
        "auth_time",
        "claims.py",
        "logged_in_at is None or logged_in_at + LOGIN_LEEWAY < attempt.started_at / 1000",
        "logged_in_at is None",
        "test_stale_single_sign_on_is_refused",
    ),
    changed(
        "auth_time missing",
        "claims.py",
        "if logged_in_at is None or",
        "if logged_in_at is None:\n        return\n    if",
        "test_token_that_does_not_say_when_the_person_logged_in_is_refused",
    ),
    never(
        "auth_time to come",
        "claims.py",
        "logged_in_at - LEEWAY > now",
        "test_token_from_the_future_is_refused",
    ),
    changed(
        "acr",
        "claims.py",
        "level = method.levels.get(acr) if isinstance(acr, str) else None\n",
        "level = method.levels.get(str(acr), method.level)\n",
        "test_level_downgrade_is_refused",
    ),
    changed(
        "acr by userinfo",
        "claims.py",
        "_level(config, method, id_token)",
        "_level(config, method, {**userinfo, **id_token})",
        "test_level_that_only_userinfo_claims_does_not_count",
    ),
    never(
        "test level",
        "claims.py",
        "_is_test(config, acr) and not config.demo",
        "test_test_level_is_refused_outside_demo_mode",
    ),
    changed(
        "test level of the configuration",
        "claims.py",
        "acr in config.test_acrs or ",
        "",
        "test_test_level_is_refused_though_the_configuration_takes_it",
    ),
    changed(
        "test level of the network",
        "claims.py",
        " or acr in TEST_ACRS",
        "",
        "test_test_level_of_the_network_is_refused_though_it_is_not_listed",
    ),
    never("code there", "claims.py", "not code", "test_answer_without_a_personal_code_is_refused"),
    changed(
        "code is one",
        "claims.py",
        "code = normalise(method.country, code)",
        "pass",
        "test_personal_code_that_is_none_is_refused_and_not_repeated",
    ),
    never(
        "code of the country",
        "claims.py",
        "where.country and claims.get(where.country) != method.country",
        "test_code_of_another_country_is_refused",
    ),
]

USERINFO = [
    changed(
        "userinfo sub",
        "claims.py",
        'not equal(userinfo.get("sub"), subject)',
        "False",
        "test_userinfo_about_somebody_else_is_refused",
    ),
    never(
        "userinfo iss",
        "claims.py",
        'userinfo.get("iss", config.issuer) != config.issuer',
        "test_signed_userinfo_for_others_is_refused",
    ),
    never(
        "userinfo aud",
        "claims.py",
        "config.client_id not in (audience if isinstance(audience, list) else [audience])",
        "test_signed_userinfo_for_others_is_refused",
    ),
    changed(
        "ID token before userinfo",
        "claims.py",
        "{**userinfo, **id_token}",
        "{**id_token, **userinfo}",
        "test_userinfo_does_not_change_whom_the_token_named",
    ),
]

SIGNATURES = [
    changed(
        "signature",
        "signature.py",
        "algorithms=[header.algorithm])",
        'algorithms=[header.algorithm], options={"verify_signature": False})',
        "test_forged_signature_is_refused",
        among="forgeries",
    ),
    changed(
        "algorithm pin",
        "signature.py",
        "algorithm not in algorithms or ",
        "",
        "test_algorithm_that_was_not_agreed_is_refused_though_the_key_is_right",
        among="forgeries",
    ),
    never(
        "kid",
        "signature.py",
        "header.kid is not None",
        "test_token_by_no_known_key_is_refused",
        among="forgeries",
    ),
]

ENCRYPTION = [
    changed(
        "encryption required",
        "decrypt.py",
        'raise invalid("not_encrypted", "The token is not encrypted, which was agreed.")',
        "return Opened(token, {})",
        "test_token_that_is_not_encrypted_is_refused_where_that_was_agreed",
        among="forgeries",
    ),
    changed(
        "encryption of userinfo required",
        "decrypt.py",
        'raise invalid("not_encrypted", "The token is not encrypted, which was agreed.")',
        "return Opened(token, {})",
        "test_userinfo_that_is_only_signed_is_refused_where_encryption_was_agreed",
    ),
    changed(
        "encryption algorithms",
        "decrypt.py",
        "algorithms=[*expected.encryption, *expected.content],",
        'algorithms=["RSA-OAEP", "RSA-OAEP-256", "A128GCM", "A256GCM"],',
        "test_encryption_that_was_not_agreed_is_refused",
        among="forgeries",
    ),
    changed(
        "no packed tokens",
        "decrypt.py",
        "*expected.content],",
        '*expected.content, "DEF"],',
        "test_packed_token_is_refused",
        among="forgeries",
    ),
    changed(
        "header repeats the token",
        "relying_party.py",
        "        check_header(opened.header, claims)\n",
        "",
        "test_encryption_header_that_contradicts_the_token_is_refused",
        among="forgeries",
    ),
]

TOKENS = [*CALLBACK, *CLAIMS, *USERINFO, *SIGNATURES, *ENCRYPTION]
