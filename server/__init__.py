"""The application: domain rules, storage, HTTP API and the wiring of everything."""
