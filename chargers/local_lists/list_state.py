"""The wanted state of chargers' lists and caches. Only writes rows; `sync` acts on them."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from chargers.models import CardMemory, Charger, Host, LocalList, Property, Variable

IS_KEPT = Q(choice=CardMemory.Choice.ON) | Q(choice=CardMemory.Choice.PROPERTY, charger__property__keeps_lists=True)
"""A condition for CardMemory: its charger should have our list."""
_OF_HARDWARE = (
    "state", "problem_sentences", "digest", "version", "sent_version", "synced_at", "reported_version", "reported_at",
    "drift_sentences", "drifted_at", "command_id", "refused_at", "tries", "looked_at", "cache_due_at",
    "cache_cleared_at", "cache_command_id", "cache_problem_sentences",
)  # fmt: skip
"""What is known of the list and the cache in the hardware itself."""
_CACHE_SETTINGS = Q(component="", name="AuthorizationCacheEnabled") | Q(component="AuthCacheCtrlr", name="Enabled")


def memory_of(charger: Charger) -> CardMemory:
    """Returns the charger's memory; creates it if necessary."""
    return CardMemory.objects.get_or_create(charger=charger)[0]


def is_kept(memory: CardMemory) -> bool:
    """Whether the charger (or its property) should have our list."""
    if memory.choice == CardMemory.Choice.PROPERTY:
        return memory.charger.property.keeps_lists
    return memory.choice == CardMemory.Choice.ON


def choose(charger: Charger, choice: str) -> None:
    """Sets the choice for one charger; a list that it should no longer have is emptied."""
    memory_of(charger)
    _due(
        CardMemory.objects.filter(charger=charger),
        choice=choice,
        state=CardMemory.State.PENDING,
        tries=0,
        problem_sentences=(),
    )
    _turn_off_unused_sync(CardMemory.objects.filter(charger=charger))


def choose_for_property(site: Property, *, keeps: bool) -> None:
    """Sets the choice for all chargers of a property without their own. Three queries."""
    Property.objects.filter(pk=site.pk).update(keeps_lists=keeps)
    site.keeps_lists = keeps
    complete(Charger.objects.filter(property=site, retired_at=None))
    _due(
        CardMemory.objects.filter(charger__property=site, choice=CardMemory.Choice.PROPERTY),
        state=CardMemory.State.PENDING,
        tries=0,
        problem_sentences=(),
    )
    _turn_off_unused_sync(CardMemory.objects.filter(charger__property=site))


def complete(chargers: QuerySet[Charger]) -> None:
    """Creates missing rows."""
    missing = chargers.filter(card_memory=None)
    CardMemory.objects.bulk_create([CardMemory(charger=charger) for charger in missing], ignore_conflicts=True)


def push(charger: Charger) -> None:
    """Sends the whole list again with the next sync, even after refusals."""
    _due(
        CardMemory.objects.filter(charger=charger),
        version=None,
        reported_at=None,
        state=CardMemory.State.PENDING,
        tries=0,
        problem_sentences=(),
    )


def mark_host_due(host: Host | int) -> None:
    """Marks the host's lists to be checked at once, because cards or access changed. One statement."""
    _due(CardMemory.objects.filter(charger__property__host=host))


def forget(chargers: Iterable[Charger], *, now: datetime) -> list[Charger]:
    """Clears the caches of those chargers that reported a cache, because a token was revoked. Three queries.

    Returns these chargers. An offline one clears its cache when it is back.
    """
    caching = with_cache(list(chargers))
    complete(Charger.objects.filter(pk__in=[charger.pk for charger in caching]))
    _due(CardMemory.objects.filter(charger__in=caching), cache_due_at=now, cache_problem_sentences=())
    return caching


def clear_cache(charger: Charger, *, now: datetime) -> None:
    """Clears the charger's cache, even if it reported none."""
    memory_of(charger)
    _due(CardMemory.objects.filter(charger=charger), cache_due_at=now, cache_problem_sentences=())


def forget_all(charger: Charger) -> None:
    """Forgets what hardware that was replaced held; whether the charger should have a list stays, and is due."""
    LocalList.objects.filter(charger=charger).delete()
    unknown = {name: getattr(CardMemory(), name) for name in _OF_HARDWARE}
    _due(CardMemory.objects.filter(charger=charger), **unknown)


def with_cache(chargers: Collection[Charger]) -> list[Charger]:
    """Returns chargers that reported an enabled cache. One query."""
    rows = Variable.objects.filter(_CACHE_SETTINGS, charger__in=chargers, attribute="Actual", value__iexact="true")
    caching = set(rows.values_list("charger_id", flat=True))
    return [charger for charger in chargers if charger.pk in caching]


def _turn_off_unused_sync(memories: QuerySet[CardMemory]) -> None:
    """Turns off the sync where no list is wanted and none of ours is stored or on its way."""
    card_memories = CardMemory.objects.filter(IS_KEPT).values("pk")
    memories.filter(synced_at=None, command_id=None).exclude(pk__in=card_memories).update(state=CardMemory.State.OFF)


@transaction.atomic
def _due(memories: QuerySet[CardMemory], **values: object) -> None:
    """Marks rows as due in a fixed order, so that simultaneous changes cannot deadlock."""
    keys = list(memories.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    CardMemory.objects.filter(pk__in=keys).update(is_due=True, **values)
