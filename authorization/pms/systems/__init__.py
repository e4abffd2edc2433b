"""The systems that can be connected, each read over HTTP. It stores nothing."""
