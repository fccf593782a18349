"""Checks that bind what comes back to the visitor who went, against the real demo bank."""

from __future__ import annotations

from tests.mutants.runner import Edit, Mutant

__all__ = ["BINDING"]

SERVICE = "server/services/verifications.py"
STORE = "server/store/attempts.py"
TESTS = "tests/server/test_identity_http.py"

BINDING = [
    Mutant(
        "cookie binding",
        (
            Edit(SERVICE, "if not hmac.compare_digest(cookie, row.cookie):", "if False:"),
            Edit(STORE, "_table.c.cookie == cookie,", "_table.c.cookie.is_not(None),"),
        ),
        (f"{TESTS}::test_an_answer_in_another_browser_changes_nothing",),
    ),
    Mutant(
        "cookie looked at first",
        (Edit(SERVICE, "if not hmac.compare_digest(cookie, row.cookie):", "if False:"),),
        (f"{TESTS}::test_an_answer_in_another_browser_changes_nothing",),
    ),
    Mutant(
        "used state",
        (
            Edit(STORE, ".values(cookie=None))", ".values(cookie=cookie))"),
            Edit(
                STORE,
                "        _table.c.cookie == cookie,\n        _table.c.outcome.is_(None),\n",
                "        _table.c.cookie == cookie,\n",
            ),
        ),
        (f"{TESTS}::test_a_visitor_proves_who_they_are_and_only_staff_learns_it",),
    ),
    Mutant(
        "return URL",
        (Edit(SERVICE, " or origin.lower() not in origins", ""),),
        (f"{TESTS}::test_a_foreign_address_is_not_returned_to",),
    ),
    Mutant(
        "only the visitor starts",
        (
            Edit(
                SERVICE,
                '        if who.audience != "visitor":\n'
                '            raise Refusal("forbidden", "Only the visitor proves who they are.")\n'
                "        async with self._db.read() as tx:\n            site",
                "        async with self._db.read() as tx:\n            site",
            ),
        ),
        (f"{TESTS}::test_only_the_visitor_starts_and_only_for_their_own_request",),
    ),
    Mutant(
        "handle works once",
        (Edit(STORE, ".values(handle=None, state=", ".values(state="),),
        (f"{TESTS}::test_the_way_to_the_bank_is_posted_by_our_own_page_once",),
    ),
]
