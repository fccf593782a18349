"""Use cases: each loads, lets the domain decide, stores and publishes."""
