"""Mobility providers: asked in real time, blocked, their latency and their token lists."""
