"""`server.identity.config`: the operator's file of bank ID providers."""

from __future__ import annotations

import hashlib
from importlib import resources
from pathlib import Path

import jwt
import pytest
from jwt.algorithms import RSAAlgorithm

from server.config import ConfigError
from server.identity.config import BankIdConfig, OidcConfig, Provider, load_providers
from tests.identity.rogue import rsa_key

_KEY = '{ kty = "RSA", kid = "one", n = "sXch", e = "AQAB" }'
_TELIA = f'[provider.telia]\npreset = "telia"\nclient_id = "us"\nentity_keys = [{_KEY}]\n'
_OIDC = """[provider.own]
preset = "oidc"
issuer = "https://bank.example"
client_id = "us"
claims = { code = ["pic"] }
[provider.own.method.a]
label = "A"
country = "FI"
level = "substantial"
"""


def _load(folder: Path, text: str, *, demo: bool = False) -> tuple[Provider, ...]:
    path = folder / "identity.toml"
    path.write_text(text, encoding="utf-8")
    return load_providers(path, demo=demo)


def _refused(folder: Path, text: str, *, demo: bool = False) -> str:
    with pytest.raises(ConfigError) as caught:
        _load(folder, text, demo=demo)
    message = str(caught.value)
    assert "\n" not in message
    return message


def _oidc(provider: Provider) -> OidcConfig:
    assert isinstance(provider, OidcConfig)
    return provider


def test_a_preset_needs_only_what_is_the_operators_own(tmp_path: Path) -> None:
    telia = _oidc(_load(tmp_path, _TELIA)[0])
    assert (telia.id, telia.issuer, telia.keys) == (
        "telia",
        "https://tunnistus.telia.fi/uas",
        "signed",
    )
    assert [method.id for method in telia.methods] == ["telia.bank"]
    assert telia.id_token.encryption == ("RSA-OAEP",)


@pytest.mark.parametrize(
    ("preset", "own"),
    [
        ("telia", f"entity_keys = [{_KEY}]"),
        ("op", f"entity_keys = [{_KEY}]"),
        ("idura", 'issuer = "https://shop.idura.broker"\noffer = ["ftn", "norway", "denmark"]'),
        ("signicat", 'issuer = "https://shop.example/auth/open"\noffer = ["ftn", "norway"]'),
    ],
)
def test_presets_of_production_are_whole_and_know_no_test_person(
    tmp_path: Path, preset: str, own: str
) -> None:
    provider = _oidc(
        _load(tmp_path, f'[provider.p]\npreset = "{preset}"\nclient_id = "us"\n{own}')[0]
    )
    assert provider.id_token.encryption
    assert not provider.demo
    assert all(method.level in ("substantial", "high") for method in provider.methods)
    assert not set(provider.test_acrs) & {a for m in provider.methods for a in (*m.acr, *m.levels)}


@pytest.mark.parametrize("preset", ["telia-test", "op-test"])
def test_presets_of_test_environments_are_for_the_demo_mode_only(
    tmp_path: Path, preset: str
) -> None:
    text = f'[provider.p]\npreset = "{preset}"\nclient_id = "us"\nentity_keys = [{_KEY}]\n'
    assert "start with --demo" in _refused(tmp_path, text)
    provider = _oidc(_load(tmp_path, text, demo=True)[0])
    assert "test" in provider.issuer or "-pp" in provider.issuer


def test_the_operator_may_say_otherwise_about_anything(tmp_path: Path) -> None:
    telia = _oidc(
        _load(
            tmp_path,
            _TELIA
            + 'sites = ["shop"]\n[provider.telia.method.bank]\nlabel = "Bank"\n'
            + '[provider.telia.method.mobile]\nlabel = "Mobile"\ncountry = "FI"\n'
            + 'level = "substantial"\nacr = ["mpki.telia.1"]\n',
        )[0]
    )
    assert telia.sites == ("shop",)
    assert [(one.id, one.label) for one in telia.methods] == [
        ("telia.bank", "Bank"),
        ("telia.mobile", "Mobile"),
    ]
    assert telia.methods[0].acr == ("http://ftn.ficora.fi/2017/loa2",)


def test_offer_names_the_methods_and_their_order(tmp_path: Path) -> None:
    text = (
        '[provider.i]\npreset = "idura"\nissuer = "https://shop.idura.broker"\nclient_id = "us"\n'
    )
    idura = _load(tmp_path, text + 'offer = ["norway", "ftn"]')[0]
    assert [one.id for one in idura.methods] == ["i.norway", "i.ftn"]
    assert idura.methods[0].claims is not None
    message = _refused(tmp_path, text + 'offer = ["sweden"]')
    assert "'sweden'" in message
    assert "norway" in message


def test_bankid_finds_its_files_beside_the_operators_file(tmp_path: Path) -> None:
    for name in ("us.pem", "us.key", "ca.pem"):
        (tmp_path / name).write_text("x")
    text = '[provider.se]\npreset = "bankid"\ncertificate = "us.pem"\nkey = "us.key"\nca = "ca.pem"'
    bankid = _load(tmp_path, text)[0]
    assert isinstance(bankid, BankIdConfig)
    assert bankid.key == tmp_path / "us.key"
    assert bankid.methods[0].id == "se.bankid"
    (tmp_path / "us.key").unlink()
    assert f"no file {tmp_path / 'us.key'} for key" in _refused(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "needs provider"),
        ("[provider]", "names no provider"),
        ("[provider.telia", "is not TOML"),
        ('[provider.telia]\npreset = "elisa"', "one of: oidc, telia"),
        ('[provider."Telia!"]\npreset = "telia"', "lower-case letters"),
        ('[provider.t]\npreset = "telia"\n' + f"entity_keys = [{_KEY}]", "needs client_id"),
        ('[provider.t]\npreset = "telia"\nclient_id = "us"', "needs entity_statement"),
        (_TELIA + 'clientid = "x"', "did you mean client_id?"),
        (_TELIA + 'offers = ["bank"]', "did you mean offer?"),
        (_TELIA + "client_id = 5", "is not TOML"),  # twice the same word
        (_TELIA + "par = 1", "wrong par (expected `bool`, got `int`)"),
        (_TELIA.replace('kty = "RSA"', 'kty = "RSA", d = "x"'), "private key"),
        (_TELIA.replace('kid = "one", ', ""), "without a kid"),
        (_TELIA + 'scope = "profile"', "openid"),
        (_TELIA + "service_max = 0", "service_max"),
        (_TELIA + "[provider.telia.id_token]\nsigning = ['none']", "none in id_token.signing"),
        (_TELIA + "[provider.telia.id_token]\nsigning = ['HS256']", "HS256 in id_token.signing"),
        (_TELIA + "[provider.telia.id_token]\nsigning = []", "needs id_token.signing"),
        (_TELIA + "[provider.telia.id_token]\nencryption = ['RSA1_5']", "RSA1_5"),
        (_TELIA + "[provider.telia.id_token]\ncontent = []", "or neither"),
        (_TELIA + 'discovery = false\nkeys = "plain"', "needs endpoints.authorization"),
        (_TELIA + "[provider.telia.endpoints]\ntoken = 'http://bank.example/t'", "https://"),
        (
            _TELIA + "[provider.telia.method.bank]\nlevel = 'strong'",
            "method.bank has a wrong level",
        ),
        (_TELIA + "[provider.telia.method.bank]\ncountry = 'Finland'", "two letters"),
        (_TELIA + "[provider.telia.method.bank]\nlabel = ''", "label"),
        (_TELIA + "[provider.telia.claims]\ncode = []", "claims.code"),
        (
            _TELIA + '[provider.telia.method.bank]\nacr = ["http://ftn.ficora.fi/2017/loatest2"]',
            "takes test persons",
        ),
        (_OIDC.replace("https://bank", "http://bank"), "https://"),
        (_OIDC.split("[provider.own.method")[0], "offers no method"),
        (_OIDC.replace('claims = { code = ["pic"] }', ""), "needs claims"),
        (_OIDC + "demo = true", "means nothing here"),  # in the method's table
        ('[provider.d]\npreset = "demobank"\nissuer = "http://127.0.0.1:1"', "demo only"),
    ],
)
def test_a_mistake_is_named_with_the_way_out(tmp_path: Path, text: str, said: str) -> None:
    assert said in _refused(tmp_path, text)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_providers(tmp_path / "none.toml", demo=False)


def test_the_demo_may_do_without_tls_in_demo_mode_only(tmp_path: Path) -> None:
    text = '[provider.d]\npreset = "demobank"\nissuer = "http://127.0.0.1:8084"\n'
    demo = _oidc(_load(tmp_path, text, demo=True)[0])
    assert [one.id for one in demo.methods] == ["d.bank-a", "d.bank-b", "d.nordic"]
    assert "demo only" in _refused(tmp_path, text)
    # Demo mode alone does not make a broker without TLS acceptable.
    assert "https://" in _refused(tmp_path, _OIDC.replace("https://b", "http://b"), demo=True)


def _statement(*, sub: str = "https://bank.example", signer: str = "bank") -> str:
    jwk = RSAAlgorithm.to_jwk(rsa_key("bank").public_key(), as_dict=True)
    claims = {
        "iss": "https://bank.example",
        "sub": sub,
        "exp": 1,
        "jwks": {"keys": [{**jwk, "kid": "bank-1", "use": "sig"}]},
    }
    return jwt.encode(claims, rsa_key(signer), "RS256", {"kid": "bank-1"})


def test_entity_keys_come_from_the_statement_that_the_broker_gave(tmp_path: Path) -> None:
    text = '[provider.op]\npreset = "op"\nclient_id = "us"\nentity_statement = "op.jwt"\n'
    path = tmp_path / "op.jwt"
    path.write_text(_statement() + "\n")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    pinned = text + f'entity_statement_sha256 = "{digest.upper()}"'
    for file in (text, pinned):
        assert [key["kid"] for key in _oidc(_load(tmp_path, file)[0]).entity_keys] == ["bank-1"]

    path.write_text(_statement(signer="somebody"))
    assert "signed by a key of its own" in _refused(tmp_path, text)
    assert "not the one of entity_statement_sha256" in _refused(tmp_path, pinned)
    path.write_text(_statement(sub="https://other.example"))
    assert "about somebody else" in _refused(tmp_path, text)
    path.write_text("no token")
    assert "signed by a key of its own" in _refused(tmp_path, text)
    path.unlink()
    assert "cannot be read" in _refused(tmp_path, text)


def test_the_presets_are_in_the_package() -> None:
    assert resources.files("server.identity").joinpath("presets.toml").is_file()
