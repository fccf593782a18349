"""The load of `tests.load.bench_media`: people who call through a media server, and the servers.

A person is a real WebRTC end without a browser: ICE, DTLS, SRTP, RTP with the usual header
extensions, and all the feedback that a browser gives. Nothing of `media/` is used on this side, so
that a mistake there cannot hide itself here.

`description` is SDP, `connection` one peer connection (`ice`, `dtls`), `source` and `sink` what is
sent and taken, `end` all of one connection, `account` the figures; `tiski`, `janus` and `relay` run
a server each and seat people in its rooms, `trial` puts load on them in turn.
"""
