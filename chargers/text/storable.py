"""Makes texts from outside storable in PostgreSQL. Pure."""


def text(value: str) -> str:
    """Replaces characters that a column cannot store: NUL becomes visible, half of a surrogate pair a question mark."""
    return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
