"""Folds text for comparison: lower case without accents. Pure."""

import unicodedata

LONGEST = 600


def normalize_text(text: str, *, max_length: int = LONGEST) -> str:
    """Returns the text in lower case without accents, cut at `max_length` characters."""
    plain = unicodedata.normalize("NFKD", text[:max_length].replace("ß", "ss"))
    return "".join(character for character in plain if not unicodedata.combining(character)).lower()
