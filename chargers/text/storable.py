"""Texts of others as PostgreSQL can keep them. Pure."""


def text(value: str) -> str:
    """The text without what a column cannot hold: NUL becomes visible, half of a surrogate pair a question mark."""
    return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
