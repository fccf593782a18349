"""Fixtures for every test: real services and a real browser, started when first asked for."""

pytest_plugins = [
    "tests.services.fixtures",
    "tests.browser",
    "tests.e2e.shopper",
    "tests.e2e.desk",
    "tests.e2e.proving",
    "tests.cobrowse.stage",
]
