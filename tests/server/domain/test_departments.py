"""What a supervisor sets of departments, agents and rules is kept clean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from server.domain.departments import (
    AgentSettings,
    DepartmentSettings,
    SkillLevel,
    check_overflow,
    check_skills,
    clean_agent,
    clean_department,
    clean_routing,
    heir_of_overflow,
    on_page,
    without_department,
    without_skill,
)
from server.domain.hours import BadHours, Hours, Week
from server.domain.refusing import BadSetting
from server.domain.routing import EntryRule, Routing, Weights
from server.domain.sla import BadTargets, Targets
from signaling.queue import Need

SALES = DepartmentSettings("Sales", overflow_seconds=60, overflow_to="b", members=("1", "2"))
ANNA = AgentSettings("Anna", skills=(SkillLevel("tents", 3), SkillLevel("boats", 1)))
RULE = EntryRule("/tents/*", "a", [Need("tents", 3), Need("boats")])


def test_names_are_in_one_line_and_skills_and_languages_in_their_order() -> None:
    assert clean_department(replace(SALES, name="  Sales \n team ")).name == "Sales team"
    kept = clean_agent(replace(ANNA, langs=("en", "fi", "en"), departments=("b", "a", "b")))
    assert kept.langs == ("fi", "en")
    assert kept.departments == ("b", "a")
    assert [one.skill for one in kept.skills] == ["boats", "tents"]
    assert clean_agent(kept) == kept


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "  "}, "bad_name"),
        ({"name": "x" * 81}, "bad_name"),
        ({"name": "a\x07b"}, "bad_name"),
        ({"offer_seconds": 4}, "bad_offer_seconds"),
        ({"offer_seconds": 301}, "bad_offer_seconds"),
        ({"wrapup_seconds": -1}, "bad_wrapup_seconds"),
        ({"wrapup_seconds": 3601}, "bad_wrapup_seconds"),
        ({"overflow_seconds": 9}, "bad_overflow"),
        ({"overflow_seconds": 86_401}, "bad_overflow"),
        ({"overflow_seconds": None}, "bad_overflow"),
        ({"members": ("1", "1")}, "bad_members"),
        ({"hours": Hours(week=Week(mon=(("17:00", "09:00"),)))}, "bad_hours"),
        ({"targets": Targets(first=0)}, "bad_targets"),
    ],
)
def test_a_department_that_cannot_be_is_refused(changes: dict[str, object], code: str) -> None:
    with pytest.raises(BadSetting) as refused:
        clean_department(replace(SALES, **changes))
    assert refused.value.code == code
    assert refused.value.message


def test_hours_and_targets_are_bad_settings_too() -> None:
    assert issubclass(BadHours, BadSetting)
    assert issubclass(BadTargets, BadSetting)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"capacity": 0, "max_calls": 0}, "bad_capacity"),
        ({"capacity": -1}, "bad_capacity"),
        ({"capacity": 51}, "bad_capacity"),
        ({"max_calls": -1}, "bad_capacity"),
        ({"max_calls": 5}, "bad_capacity"),
        ({"langs": ()}, "bad_langs"),
        ({"langs": ("fi", "de")}, "bad_langs"),
        ({"skills": (SkillLevel("a", 0),)}, "bad_skills"),
        ({"skills": (SkillLevel("a", 6),)}, "bad_skills"),
        ({"skills": (SkillLevel("a", 1), SkillLevel("a", 2))}, "bad_skills"),
        ({"name": ""}, "bad_name"),
    ],
)
def test_an_agent_that_cannot_be_is_refused(changes: dict[str, object], code: str) -> None:
    with pytest.raises(BadSetting) as refused:
        clean_agent(replace(ANNA, **changes))
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("routing", "code"),
    [
        (Routing(Weights(chat=0)), "bad_weights"),
        (Routing(Weights(video=51)), "bad_weights"),
        (Routing(rules=[RULE] * 101), "bad_rules"),
        (Routing(rules=[EntryRule("")]), "bad_rules"),
        (Routing(rules=[EntryRule("tents")]), "bad_rules"),
        (Routing(rules=[EntryRule("https://shop.example/")]), "bad_rules"),
        (Routing(rules=[EntryRule("/" + "x" * 200)]), "bad_rules"),
        (Routing(rules=[EntryRule("/a\x00")]), "bad_rules"),
        (Routing(rules=[EntryRule("/a", needs=[Need("tents", 6)])]), "bad_rules"),
        (Routing(rules=[EntryRule("/a", needs=[Need("t"), Need("t", 2)])]), "bad_rules"),
    ],
)
def test_a_routing_that_cannot_be_is_refused(routing: Routing, code: str) -> None:
    with pytest.raises(BadSetting) as refused:
        clean_routing(routing)
    assert refused.value.code == code


def test_pages_are_kept_without_blanks_around() -> None:
    assert clean_routing(Routing(rules=[EntryRule(" /a* ")])).rules[0].pages == "/a*"


# --- skills -----------------------------------------------------------------------------------


def test_each_need_of_a_rule_needs_one_agent_who_has_it() -> None:
    check_skills(RULE, "Sales", ["tents", "boats"], [{"tents": 3}, {"boats": 5, "tents": 1}])


@pytest.mark.parametrize(
    ("known", "team", "code", "said"),
    [
        (["tents"], [{"tents": 5}], "no_skill", "no skill 'boats'"),
        (["tents", "boats"], [], "nobody_has_skill", "Nobody in Sales has tents at level 3"),
        (["tents", "boats"], [{"tents": 2, "boats": 5}], "nobody_has_skill", "tents at level 3"),
        (["tents", "boats"], [{"tents": 4}], "nobody_has_skill", "boats at level 1"),
    ],
)
def test_a_skill_that_nobody_has_is_refused(
    known: list[str], team: list[dict[str, int]], code: str, said: str
) -> None:
    with pytest.raises(BadSetting, match=said) as refused:
        check_skills(RULE, "Sales", known, team)
    assert refused.value.code == code


def test_a_skill_or_department_that_is_removed_leaves_the_rules() -> None:
    routing = Routing(rules=[RULE, EntryRule("/b", "b")])
    assert without_skill(routing, "tents").rules[0].needs == [Need("boats")]
    moved = without_department(routing, "b", "a")
    assert [rule.department for rule in moved.rules] == ["a", "a"]
    assert moved.rules[0] == RULE


# --- overflow ---------------------------------------------------------------------------------

NAMES = {"a": "Sales", "b": "Service", "c": "Technical"}


def test_overflow_in_a_line_is_fine() -> None:
    check_overflow("a", NAMES, {"a": "b", "b": "c", "c": None})


@pytest.mark.parametrize(
    ("flows", "code", "said"),
    [
        ({"a": "a"}, "circular_overflow", "Sales → Sales"),
        ({"a": "b", "b": "a"}, "circular_overflow", "Sales → Service → Sales"),
        ({"a": "b", "b": "c", "c": "a"}, "circular_overflow", "Technical → Sales"),
        ({"a": "b", "b": "c", "c": "b"}, "circular_overflow", "Service → Technical → Service"),
        ({"a": "x"}, "no_department", "no such department"),
    ],
)
def test_overflow_that_goes_round_is_refused_with_the_way(
    flows: dict[str, str | None], code: str, said: str
) -> None:
    with pytest.raises(BadSetting, match=said) as refused:
        check_overflow("a", NAMES, flows)
    assert refused.value.code == code


@given(
    st.permutations("abcdef"),
    st.lists(st.none() | st.integers(0, 4), min_size=6, max_size=6),
    st.integers(0, 5),
    st.none() | st.integers(0, 5),
)
def test_removing_a_department_makes_no_circle(
    order: list[str], jumps: list[int | None], gone_at: int, heir_at: int | None
) -> None:
    """Departments overflow to later ones of `order`; one goes and another has its work."""
    flows: dict[str, str | None] = {}
    for place, key in enumerate(order):
        jump = jumps[place]
        later = order[place + 1 + jump :] if jump is not None else []
        flows[key] = later[0] if later else None
    gone = order[gone_at]
    heir = None if heir_at is None or order[heir_at] == gone else order[heir_at]
    for key in order:
        flows[key] = heir_of_overflow(key, heir, gone, flows)
    del flows[gone]
    names = {key: key for key in flows}
    for key in flows:
        check_overflow(key, names, flows)


@pytest.mark.parametrize(
    ("pages", "path", "on"),
    [
        ("/garden/*", "/garden/roses", True),
        ("/garden/*", "/garden", False),
        ("/garden", "/garden", True),
        ("/garden", "/garden/", False),
        ("*", "/", True),
        ("*/roses", "/garden/roses", True),
        ("/a*b*c", "/abc", True),
        ("/a*b*b", "/ab", False),
        ("/*.html", "/x.html/y", False),
        ("/a.c*", "/abc", False),
        ("/**x", "/x", True),
        ("/" + "*a" * 90 + "b", "/" + "a" * 2000, False),
    ],
)
def test_a_star_of_an_entry_rule_is_anything(pages: str, path: str, on: bool) -> None:
    assert on_page(pages, path) is on
