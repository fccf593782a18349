"""Settings of the property tests here: a busy machine is not a mistake, so no deadline."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("tiski", deadline=None)
settings.load_profile("tiski")
