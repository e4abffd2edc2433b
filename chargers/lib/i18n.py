"""Marks sentences for translation in code without a framework. Pure."""


def mark(sentence: str) -> str:
    """Returns the sentence unchanged; it is stored in English and translated when a guest reads it."""
    return sentence


def mark_plural(singular: str, plural: str) -> tuple[str, str]:
    """Returns both forms of a sentence with a number; ngettext chooses when a guest reads it."""
    return singular, plural
