"""Bank ID: proving who a visitor is, and keeping what was proven safe."""
