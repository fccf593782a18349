"""A site's rules are kept clean, and their version is that of what the page keeps to."""

from __future__ import annotations

import hashlib

import pytest
from msgspec.structs import replace

from server.domain.rules import BadRules, Rules, clean_rules, version_of

RULES = Rules(mask=[".a"], block=["#b"], nocontrol=["form"], pause=["/pay*"])


def test_blanks_and_doubles_go_and_the_order_stays() -> None:
    typed = Rules(mask=[" .b ", "", ".a", ".b", "  "], pause=["*/checkout", "/pay*"])
    kept = Rules(mask=[".b", ".a"], pause=["*/checkout", "/pay*"])
    assert clean_rules(typed) == kept
    assert clean_rules(kept) == kept


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (Rules(mask=["a" * 201]), "see mask"),
        (Rules(block=["a\x00b"]), "see block"),
        (Rules(nocontrol=["a\nb"]), "see nocontrol"),
        (Rules(mask=[f".a{n}" for n in range(101)]), "mask has 101"),
        (Rules(pause=["pay"]), "begins with /"),
        (Rules(pause=["https://shop.example/pay"]), "begins with /"),
        *(
            (Rules(assets=[host]), "written like cdn.example.com")
            for host in ("https://cdn.example.com", "cdn", "*.example.com", "a.b/c", "a..b", "")
            if host
        ),
    ],
)
def test_what_cannot_be_is_said_and_not_kept(typed: Rules, said: str) -> None:
    with pytest.raises(BadRules, match=said):
        clean_rules(typed)


def test_as_many_and_as_long_as_allowed_is_kept() -> None:
    typed = Rules(mask=[f".{n:0199}" for n in range(100)], assets=["192.0.2.1:8080", "a-b.example"])
    assert clean_rules(typed) == typed


@pytest.mark.parametrize("kind", ["mask", "block", "nocontrol", "pause"])
def test_each_rule_of_the_page_changes_the_version(kind: str) -> None:
    assert version_of(replace(RULES, **{kind: []})) != version_of(RULES)


def test_the_version_is_the_hash_of_canonical_json() -> None:
    kept = b'{"block":[],"mask":[".a"],"nocontrol":[],"pause":[]}'
    rules = Rules(mask=[".a"], assets=["cdn.example.com"])  # no rule of the page's
    assert version_of(rules) == hashlib.sha256(kept).hexdigest()
