"""How long a call takes to begin: the same two people through Tiski, peer to peer, through Janus.

Each kind of call is a `Kind` (`kind.py`): it brings two pages to where the second person has only
one click left, presses it, and gives back what `pages/probe.js` saw. `bench_setup` drives them.
"""
