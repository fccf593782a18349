"""The live wire to browsers: frames, the state of one connection, the WebSocket shell."""
