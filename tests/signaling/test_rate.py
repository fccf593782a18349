"""Who may send how much, and for how long that is remembered."""

import gc

from signaling.rate import VISITOR, Allowances


def spent(allowances, person, now):
    bucket = allowances.of(person, VISITOR, now)
    while not bucket.take(now):
        pass
    return bucket


def test_tabs_of_one_person_share_an_allowance():
    allowances = Allowances()
    one = spent(allowances, "v", 0.0)
    assert allowances.of("v", VISITOR, 0.0) is one
    assert allowances.of("w", VISITOR, 0.0).take(0.0) == 0


def test_a_spent_allowance_outlives_its_connection_until_it_is_full():
    allowances = Allowances()
    allowances.left(spent(allowances, "v", 0.0))
    allowances.forget(5.0)
    gc.collect()
    assert not allowances.of("v", VISITOR, 5.0).full(5.0)
    allowances.forget(60.0)
    gc.collect()
    assert allowances.of("v", VISITOR, 60.0).full(60.0)
    assert len(allowances._known) == 0  # nobody holds it: no memory of everybody who ever came
