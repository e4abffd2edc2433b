"""Mobility providers: real-time authorization, blocks, latency and token lists."""
