"""The rules of a conversation: pure, with time as an argument."""
