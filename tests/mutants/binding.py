"""Checks that bind what comes back to the visitor who went, on a real database."""

from __future__ import annotations

from tests.mutants.runner import Edit, Mutant

__all__ = ["BINDING"]

SERVICE = "server/services/verifications.py"
STORE = "server/store/attempts.py"


def changed(name: str, file: str, old: str, new: str, test: str) -> Mutant:
    """Return a mutant with one edit."""
    return Mutant(name, (Edit(file, old, new),), (_test(test),))


def _test(name: str) -> str:
    return f"tests/contract/test_verifications.py::test_{name}"


BROWSER = [
    Mutant(
        "cookie binding",
        (
            Edit(SERVICE, "not hmac.compare_digest(cookie, row.cookie)", "False"),
            Edit(STORE, "_table.c.cookie == cookie,", "_table.c.cookie.is_not(None),"),
        ),
        (_test("another_browser_cannot_finish_nor_end_an_attempt"),),
    ),
    changed(
        "cookie looked at before the attempt is touched",
        SERVICE,
        "not hmac.compare_digest(cookie, row.cookie)",
        "False",
        "another_browser_cannot_finish_nor_end_an_attempt",
    ),
    changed(
        "used state",
        STORE,
        "values(cookie=None))",
        "values(cookie=cookie))",
        "a_state_is_used_once",
    ),
    changed(
        "time of an attempt",
        STORE,
        "        _table.c.expires_at > now,\n    )\n    return (await",
        "    )\n    return (await",
        "an_answer_after_the_time_is_late_though_nobody_swept",
    ),
    changed(
        "one callback for each provider",
        SERVICE,
        "row is None or row.provider != provider",
        "row is None",
        "a_callback_of_another_provider_is_unknown",
    ),
    changed(
        "handle works once",
        STORE,
        ".values(handle=None, state=",
        ".values(state=",
        "a_handle_works_once_and_for_a_minute",
    ),
    changed(
        "handle works for a minute",
        STORE,
        "        _table.c.started_at > now - HANDLE_LIFETIME,\n",
        "",
        "a_handle_works_once_and_for_a_minute",
    ),
]

PEOPLE = [
    changed(
        "only the visitor starts",
        SERVICE,
        '        if who.audience != "visitor":\n'
        '            raise Refusal("forbidden", "Only the visitor proves who they are.")\n'
        "        async with self._db.read() as tx:\n            site",
        "        async with self._db.read() as tx:\n            site",
        "nobody_but_the_visitor_goes_to_the_bank",
    ),
    changed(
        "return URL",
        "server/services/journey.py",
        " or origin.lower() not in origins",
        "",
        "a_foreign_page_is_not_returned_to",
    ),
    changed(
        "level of the method",
        SERVICE,
        "if not at_least(chosen.level, asked.level):",
        "if False:",
        "a_method_that_proves_too_little_is_not_gone_to",
    ),
    changed(
        "level of the answer",
        SERVICE,
        "if not at_least(evidence.level, asked.level):",
        "if False:",
        "a_lower_level_than_was_asked_for_proves_nothing",
    ),
    Mutant(
        "result that nobody waits for",
        (
            Edit(SERVICE, "                or asked.attempt != row.id\n", ""),
            Edit(SERVICE, "                or current.outcome is not None\n", ""),
        ),
        (_test("a_result_of_a_cancelled_attempt_is_not_kept"),),
    ),
]

BINDING = [*BROWSER, *PEOPLE]
