"""Real servers for the tests, each started on a free loopback port and ended by its process id.

The fixtures are registered in `tests/conftest.py`; their names and types are in `fixtures.py`.
"""
