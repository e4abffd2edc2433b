"""Marks sentences for translation in code that knows no framework. Pure."""


def mark(sentence: str) -> str:
    """The sentence itself, which is stored in English; gettext is applied where a guest reads it."""
    return sentence


def mark_plural(singular: str, plural: str) -> tuple[str, str]:
    """Both forms of a sentence around a number; ngettext chooses where a guest reads it."""
    return singular, plural
