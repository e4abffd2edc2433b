"""Tags: a host's labels on its chargers, created when first used and deleted with their last charger."""

from collections.abc import Collection, Iterable
from typing import Final

from django.db.models import Count, QuerySet

from chargers.models import Charger, Host, Tag

MAX_CHARACTERS: Final = 40
MAX_AT_ONCE: Final = 20


class TagError(ValueError):
    """The tag is not possible; the message is a sentence."""


def parse(text: str) -> list[str]:
    """Parses comma-separated tags. Raises TagError."""
    return clean(text.split(","))


def clean(names: Iterable[str]) -> list[str]:
    """Trims tags and removes duplicates, ignoring case. Raises TagError."""
    by_folded_name: dict[str, str] = {}
    for name in names:
        word = " ".join(name.split())
        if "\x00" in word:
            raise TagError("A tag has no NUL character.")
        if len(word) > MAX_CHARACTERS:
            raise TagError(f"A tag has at most {MAX_CHARACTERS} characters: “{word[:MAX_CHARACTERS]}…” is longer.")
        if word:
            by_folded_name.setdefault(word.casefold(), word)
    if len(by_folded_name) > MAX_AT_ONCE:
        raise TagError(f"At most {MAX_AT_ONCE} tags at once.")
    return list(by_folded_name.values())


def put_on(chargers: Collection[Charger], names: Iterable[str], *, host: Host) -> None:
    """Tags the host's chargers; existing tags stay. Two queries for each tag. Call it in a transaction."""
    # If two users create the same tag at once, the second one finds the first one's.
    Host.objects.select_for_update(no_key=True).get(pk=host.pk)
    for name in names:
        tag = Tag.objects.filter(host=host, name__iexact=name).first() or Tag.objects.create(host=host, name=name)
        tag.chargers.add(*chargers)


def take_off(chargers: Collection[Charger], names: Iterable[str], *, host: Host) -> None:
    """Removes tags from the host's chargers; a tag without a charger is deleted."""
    for name in names:
        for tag in Tag.objects.filter(host=host, name__iexact=name):
            tag.chargers.remove(*chargers)
    drop_unused(host)


def drop_unused(host: Host) -> None:
    Tag.objects.filter(host=host, chargers=None).delete()


def of_host(host: Host) -> QuerySet[Tag]:
    """Returns the host's tags with `count`, the number of their chargers in service."""
    return Tag.objects.filter(host=host).annotate(count=Count("chargers")).order_by("name")


def names_on(chargers: QuerySet[Charger]) -> list[str]:
    """Returns the tags of these chargers, each once. One query."""
    tags = Tag.objects.filter(chargers__in=chargers.order_by().values("pk")).order_by("name")
    return list(dict.fromkeys(tags.values_list("name", flat=True)))
