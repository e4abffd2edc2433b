"""Codes by which residents and staff join a host, and the people who used one.

Cards and groups belong to `authorization`.
"""
