"""docs/identity.md says what the code does: examples load, and every reason code is explained."""

import re
from pathlib import Path

import jwt
import pytest
from jwt.algorithms import RSAAlgorithm

from server.identity.config import load_providers
from tests.identity.rogue import rsa_key

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "identity.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
SOURCES = [*(ROOT / "server" / "identity").glob("*.py"), *(ROOT / "server/services").glob("*.py")]
KEY = RSAAlgorithm.to_jwk(rsa_key("entity").public_key(), as_dict=True)
STATEMENT = jwt.encode(
    {"iss": "us", "sub": "us", "jwks": {"keys": [{**KEY, "kid": "e"}]}},
    rsa_key("entity"),
    "RS256",
    {"kid": "e"},
)


def _name(example: str) -> str:
    found = re.search(r"provider\.([a-z]+)", example)
    assert found is not None
    return found[1]


def test_there_is_an_example_for_each_broker() -> None:
    presets = set(re.findall(r'preset = "([a-z-]+)"', "".join(EXAMPLES)))
    assert presets == {"telia", "op", "idura", "signicat", "bankid", "oidc"}


@pytest.mark.parametrize("name", sorted({_name(example) for example in EXAMPLES}))
def test_examples_are_configurations(tmp_path: Path, name: str) -> None:
    text = "\n".join(example for example in EXAMPLES if _name(example) == name)
    text = re.sub(r"entity_statement_sha256 = .*", "", text)
    for file in re.findall(r'"([a-z-]+\.(?:pem|key|jwt))"', text):
        (tmp_path / file).write_text(STATEMENT if file.endswith("jwt") else "")
    path = tmp_path / "identity.toml"
    path.write_text(text, encoding="utf-8")
    (provider,) = load_providers(path, demo=False)
    assert provider.id == name


def test_every_reason_code_is_explained_and_no_other() -> None:
    table = PAGE.partition("| code | what happened")[2].partition("\n\n")[0]
    rows = [line.split("|")[1] for line in table.splitlines()[2:]]
    explained = {code for row in rows for code in re.findall(r"`([a-zA-Z_<>]+)`", row)}
    text = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    used = set(re.findall(r'(?:invalid\(|IdentityError\(\s*"\w+",)\s*"([a-z_]+)"', text))
    # Said by other means: one error for three claims, or a word in the log.
    used |= set(re.findall(r'code = "(\w+)" if .* else "\w+"', text))
    used |= set(re.findall(r'code = "\w+" if .* else "(\w+)"', text))
    used |= set(re.findall(r'\bcode="(\w+)"', text))
    used |= {code for pair in re.findall(r'\("\w+", "(wrong_\w+)"\)', text) for code in [pair]}
    assert {code for code in explained if not code.startswith("bankid_")} == used - {
        code for code in used if code.startswith("bankid_")
    }
