"""The media server: rooms and forwarding on one UDP port."""
