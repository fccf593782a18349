"""Calls that come and go for half an hour on a real server, to see what it keeps of them.

`make soak`. `verdict` (pure) judges what `watch` sampled; `crowd` lets `person`s call each other
without browsers, and misbehave.
"""
