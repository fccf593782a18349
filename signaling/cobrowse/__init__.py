"""The wire of co-browsing: a WebSocket of its own, so that snapshots never hold up the chat."""
