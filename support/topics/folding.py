"""Words as they are compared: small letters without accents. Pure."""

import unicodedata

LONGEST = 600


def folded(text: str, *, most: int = LONGEST) -> str:
    """Lower case without accents; no more than `most` characters."""
    plain = unicodedata.normalize("NFKD", text[:most].replace("ß", "ss"))
    return "".join(character for character in plain if not unicodedata.combining(character)).lower()
