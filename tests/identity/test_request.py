"""What is asked, as claims and addresses."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import msgspec

from server.identity.request import (
    assertion_claims,
    authorization_address,
    challenge,
    pushed_address,
    request_claims,
    token_form,
)
from tests.identity.stage import METHOD, attempt_at, config_for

CONFIG = config_for("https://broker.example")


def asked(**changes: object) -> dict[str, object]:
    config = msgspec.structs.replace(CONFIG, **changes)
    return request_claims(config, METHOD, attempt_at(), jti="j", now=1_000)


def test_challenge_is_the_example_of_rfc_7636() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_request_is_for_the_provider_from_us_and_short_lived() -> None:
    said = asked()
    assert (said["iss"], said["aud"]) == ("shop", "https://broker.example")
    assert (said["iat"], said["exp"], said["jti"]) == (1_000, 1_300, "j")


def test_request_object_would_not_pass_for_a_client_assertion() -> None:
    assert "sub" not in asked()


def test_configured_parameters_never_replace_what_protects_the_attempt() -> None:
    evil = dict.fromkeys(asked(), "evil")
    honest = asked()
    said = asked(parameters=evil, claims_request={"id_token": {"acr": None}})
    assert said["claims"] == {"id_token": {"acr": None}}
    kept = {name: said[name] for name in honest if name != "ftn_spname"}
    assert kept == {name: honest[name] for name in kept}


def test_name_that_was_agreed_with_the_broker_comes_before_the_shops_own() -> None:
    assert asked(parameters={"ftn_spname": "Agreed"})["ftn_spname"] == "Agreed"
    assert "ftn_spname" not in asked(service_parameter="")


def test_parameters_of_the_method_come_before_the_providers() -> None:
    method = msgspec.structs.replace(METHOD, parameters={"ftn_idp_id": "b"})
    config = msgspec.structs.replace(CONFIG, parameters={"ftn_idp_id": "a", "more": "1"})
    said = request_claims(config, method, attempt_at(), jti="j", now=1)
    assert (said["ftn_idp_id"], said["more"]) == ("b", "1")


def test_prompt_is_left_out_where_the_broker_takes_none() -> None:
    assert "prompt" not in asked(prompt="")


def test_assertion_says_who_we_are_once_and_not_for_long() -> None:
    said = assertion_claims(CONFIG, audience="https://broker.example/token", jti="j", now=1_000)
    assert said == {
        "iss": "shop",
        "sub": "shop",
        "aud": "https://broker.example/token",
        "jti": "j",
        "iat": 1_000,
        "exp": 1_120,
    }


def test_code_is_redeemed_with_the_verifier_and_the_same_address() -> None:
    form = token_form(CONFIG, attempt_at(), code="c", assertion="a")
    assert form["code_verifier"] == attempt_at().verifier
    assert form["redirect_uri"] == attempt_at().redirect_uri
    assert "client_secret" not in form


def test_address_keeps_what_the_endpoint_has_in_its_query() -> None:
    address = authorization_address(CONFIG, "https://broker.example/a?tenant=1", request="r&r")
    query = dict(parse_qsl(urlsplit(address).query))
    assert query == {"tenant": "1", "client_id": "shop", "request": "r&r"}


def test_pushed_name_is_put_into_the_address_as_data() -> None:
    answer = {"request_uri": "urn:x&client_id=evil#"}
    address = pushed_address(CONFIG, "https://broker.example/a", answer)
    assert address is not None
    query = parse_qsl(urlsplit(address).query)
    assert query == [("client_id", "shop"), ("request_uri", "urn:x&client_id=evil#")]
