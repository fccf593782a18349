"""Whatever bytes come, even under valid keys: an outcome, never an exception.

`tests/fuzz/million.py` finds the corpus; here it is replayed, and Hypothesis looks around it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.million import load, mutate
from tests.fuzz.targets import TARGETS, Stage, stage


@pytest.fixture(scope="module")
def here() -> Iterator[Stage]:
    """Set one stage for all; its loop runs only to set it and to clear it away."""
    with asyncio.Runner() as runner:
        opened = stage()
        entered = runner.run(opened.__aenter__())
        yield entered
        assert entered.port.dropped["fault"] == 0
        runner.run(opened.__aexit__(None, None, None))


@pytest.mark.parametrize("target", TARGETS)
def test_inputs_that_once_reached_something_new_have_an_outcome(here: Stage, target: str) -> None:
    corpus = load(target)
    assert len(corpus) > 2
    for data in corpus:
        assert TARGETS[target](here, data)


@pytest.mark.parametrize("target", TARGETS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_inputs_near_the_corpus_have_an_outcome(
    here: Stage, target: str, data: st.DataObject
) -> None:
    corpus = load(target)
    chosen = data.draw(st.sampled_from(corpus))
    chance = data.draw(st.randoms(use_true_random=False))
    assert TARGETS[target](here, mutate(chosen, corpus, chance, target == "offers"))


@pytest.mark.parametrize("target", TARGETS)
@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=2048))
def test_any_bytes_have_an_outcome(here: Stage, target: str, data: bytes) -> None:
    assert TARGETS[target](here, data)
