"""Reads a system and stores its bookings as stays: one worker at a time, and outside transactions while it waits.

A booking that moves, is cancelled or reinstated keeps its row, and so its card and its history. A running session is
never stopped from here: changes count from the next tap.
"""

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Q

from authorization.models import PmsConnection, PmsListing, Stay
from authorization.pms import access_tokens, connections, failures, hours
from authorization.pms.connections import Target
from authorization.pms.failures import Code, FailedError, Failure
from authorization.pms.hours import Hours
from authorization.pms.parsing.bookings import WHOLE_FEED, Booking, Reading, Status
from authorization.pms.systems import catalogue
from authorization.pms.systems.source import Source
from authorization.visits import phone_digits
from chargers.lib import repeated_failures, secrets
from chargers.lib.secrets import UnreadableSecretError
from chargers.local_lists import list_state
from chargers.text import card_numbers

logger = logging.getLogger(__name__)

NO_SHOW: Final = Stay.ChannelState.NO_SHOW
_LEASE: Final = timedelta(minutes=15)
_WHOLE_EVERY: Final = timedelta(hours=24)
_LONGEST_PAUSE: Final = timedelta(hours=4)
_PAST: Final = timedelta(days=2)
_MAX_REFUSED: Final = 20
_ENDED: Final = frozenset({Status.CANCELLED, Status.NO_SHOW, Status.NOT_BOOKED})
_COLUMNS: Final = (
    "property_id", "unit_id", "guest_name", "guest_email", "reference", "arrives_at", "departs_at", "access_from",
    "access_to", "cancelled_at", "channel_state", "phone_hash", "source_updated_at", "missing_since",
)  # fmt: skip
_RESULT: Final = (
    "next_due_at", "read_until", "leased_until", "succeeded_at", "read_whole_at", "failing_since", "failures",
    "failure_code", "failure_facts", "stays_read", "refused_rows",
)  # fmt: skip
_SILENT: Final = frozenset(("source_updated_at", "missing_since"))
"""Changes of these fields alone do not count as a change of the stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result of a reading. `stays`: bookings that are stays here or wait for their unit."""

    connection: str
    stays: int = 0
    changed: int = 0
    failure: Failure | None = None


def run(pk: int, *, now: datetime) -> Outcome | None:
    """Reads one connection. Returns None if another worker does. Over the network, outside any transaction."""
    lease = now + _LEASE
    free = PmsConnection.objects.filter(Q(leased_until=None) | Q(leased_until__lte=now), pk=pk)
    if not free.update(leased_until=lease, tried_at=now):
        return None
    connection = PmsConnection.objects.select_related("host").get(pk=pk)
    try:
        source = _source(connection, now=now)
        reading = catalogue.ALL[connection.kind].system.read(source)
        changed = _store(connection, reading, is_whole=source.since is None, lease=lease, now=now)
    except FailedError as exc:
        return _record_failure(connection, exc, lease=lease, now=now)
    except UnreadableSecretError:
        return _record_failure(connection, FailedError(Code.UNREADABLE_SECRET), lease=lease, now=now)
    except Exception as exc:  # noqa: BLE001 - it is logged
        repeated_failures.log(logger, exc, "The connection %s could not be read", connection.key)
        return _record_failure(connection, FailedError(Code.UNEXPECTED), lease=lease, now=now)
    return Outcome(connection=connection.key, stays=len(_filter_active_bookings(reading, now=now)), changed=changed)


def _source(connection: PmsConnection, *, now: datetime) -> Source:
    feed = connection.listings.filter(key=WHOLE_FEED).select_related("property").first()
    system = catalogue.ALL[connection.kind]
    whole_is_due = connection.read_whole_at is None or connection.read_whole_at <= now - _WHOLE_EVERY
    return Source(
        url=secrets.decrypt(connection.url_encrypted),
        credentials=connections.credentials(connection),
        now=now,
        since=None if whole_is_due or not system.reads_changes else connection.read_until,
        zone=feed.property.time_zone if feed and feed.property else "UTC",
        listings=tuple(connection.listings.exclude(key=WHOLE_FEED).values_list("key", flat=True)),
        tokens=access_tokens.StoredTokens(connection.pk, now, system.tokens_a_day),
    )


def _filter_active_bookings(reading: Reading, *, now: datetime) -> list[Booking]:
    """Returns the bookings that are stays here or wait for their unit; those long over are left out."""
    since = (now - _PAST).date()
    return [booking for booking in reading.bookings if booking.status not in _ENDED and booking.departs >= since]


def _store(connection: PmsConnection, reading: Reading, *, is_whole: bool, lease: datetime, now: datetime) -> int:
    """Stores all of a reading or nothing, and returns how many stays are new or changed.

    Stores nothing if another worker has the lease.
    """
    with transaction.atomic():
        row = PmsConnection.objects.select_for_update().filter(pk=connection.pk, leased_until=lease).first()
        if row is None:
            return 0
        _keep_listings(connection, reading, is_whole=is_whole, now=now)
        changed = _Stays(connection, reading, is_whole=is_whole, now=now).store()
        if row.next_due_at == connection.next_due_at:  # else another reading was requested meanwhile
            row.next_due_at, row.read_until = now + catalogue.ALL[connection.kind].every, now
        row.leased_until, row.succeeded_at = None, now
        row.read_whole_at = now if is_whole else row.read_whole_at
        row.failing_since, row.failures, row.failure_code, row.failure_facts = None, 0, "", {}
        row.stays_read = _open_stays(connection, now=now)
        row.refused_rows = list(reading.refused[:_MAX_REFUSED])
        row.save(update_fields=list(_RESULT))
    return changed


def _open_stays(connection: PmsConnection, *, now: datetime) -> int:
    return Stay.objects.filter(connection=connection, cancelled_at=None, departs_at__gt=now).count()


def _keep_listings(connection: PmsConnection, reading: Reading, *, is_whole: bool, now: datetime) -> None:
    """Stores the system's listings; an unmapped one that has disappeared there is deleted."""
    names_by_key = {listing.key: listing.name for listing in reading.listings}
    keys = {*names_by_key, *(booking.listing for booking in reading.bookings if booking.listing)}
    by_key = {row.key: row for row in connection.listings.all()}
    PmsListing.objects.bulk_create(
        PmsListing(connection=connection, key=key[:100], name=names_by_key.get(key, ""), added_at=now)
        for key in sorted(keys - by_key.keys())
    )
    for key, row in by_key.items():
        if names_by_key.get(key) and row.name != names_by_key[key]:
            PmsListing.objects.filter(pk=row.pk).update(name=names_by_key[key])
    if is_whole and names_by_key:
        connection.listings.filter(property=None).exclude(key__in=keys | {WHOLE_FEED}).delete()


class _Stays:
    """Merges the bookings of one reading into the stored stays."""

    def __init__(self, connection: PmsConnection, reading: Reading, *, is_whole: bool, now: datetime) -> None:
        self._is_whole = is_whole
        self._connection = connection
        self._reading = reading
        self._now = now
        rows = connection.listings.select_related("property", "unit")
        self._targets = {row.key: Target(row.property, row.unit) for row in rows if row.property is not None}
        places = {target.property_.pk: target.property_ for target in self._targets.values()}
        self._hours: dict[int, Hours] = {pk: hours.of_property(property_) for pk, property_ in places.items()}
        keys = [booking.key for booking in reading.bookings]
        self._known = {
            row.external_key: row for row in Stay.objects.filter(connection=connection, external_key__in=keys)
        }
        self._new: list[Stay] = []
        self._changed: list[Stay] = []
        self._noted: list[Stay] = []
        self._waiting: Counter[str] = Counter()

    def store(self) -> int:
        for booking in self._reading.bookings:
            self._apply_booking(booking)
        if self._reading.has_all and not self._reading.refused:
            self._end_missing()
        Stay.objects.bulk_create(self._new)
        Stay.objects.bulk_update([*self._changed, *self._noted], list(_COLUMNS), batch_size=500)
        self._note_waiting()
        if any(row.token_id for row in (*self._new, *self._changed)):
            list_state.mark_host_due(self._connection.host)
        return len(self._new) + len(self._changed)

    def _apply_booking(self, booking: Booking) -> None:
        stay = self._known.get(booking.key)
        if stay is not None and _is_older(booking, stay):
            return
        target = self._targets.get(booking.listing) or self._targets.get(WHOLE_FEED)
        if target is None:
            self._handle_unmapped_booking(booking, stay)
            return
        values = self._values(booking, target, stay)
        if stay is not None:
            self._update(stay, values)
        elif self._is_worth_a_stay(booking, values):
            self._new.append(Stay(connection=self._connection, external_key=booking.key, **values))

    def _handle_unmapped_booking(self, booking: Booking, stay: Stay | None) -> None:
        """Counts the booking as waiting for its unit.

        An existing stay of it is cancelled, since it has moved away from here.
        """
        if booking.status not in _ENDED and booking.departs >= self._now.date():
            self._waiting[booking.listing] += 1
        if stay is not None and stay.cancelled_at is None and stay.departs_at > self._now:
            self._update(stay, {"cancelled_at": self._now, "source_updated_at": booking.updated_at})

    def _is_worth_a_stay(self, booking: Booking, values: Mapping[str, Any]) -> bool:
        return booking.status is not Status.NOT_BOOKED and values["departs_at"] > self._now - _PAST

    def _values(self, booking: Booking, target: Target, stay: Stay | None) -> dict[str, Any]:
        begins, ends = self._span(booking, target, stay)
        was_cancelled_at = stay.cancelled_at if stay else None
        return {
            "property_id": target.property_.pk,
            "unit_id": target.unit.pk if target.unit else None,
            "guest_name": card_numbers.mask(booking.guest_name)[:200],
            "guest_email": booking.guest_email if "@" in booking.guest_email else "",
            "reference": booking.code[:100],
            "arrives_at": begins,
            "departs_at": ends,
            "access_from": begins - self._hours[target.property_.pk].early,
            "access_to": ends + self._hours[target.property_.pk].late,
            "cancelled_at": (was_cancelled_at or self._now) if booking.status in _ENDED else None,
            "channel_state": NO_SHOW if booking.status is Status.NO_SHOW else "",
            "phone_hash": phone_digits.hash_for_booking(self._connection.pk, booking.key, booking.phone_last4),
            "source_updated_at": booking.updated_at,
            "missing_since": None,
        }

    def _span(self, booking: Booking, target: Target, stay: Stay | None) -> tuple[datetime, datetime]:
        """Returns when the stay begins and ends: the earliest known check-in and the latest known check-out.

        For a guest who left early, it ends when that was first seen.
        """
        usual, zone = self._hours[target.property_.pk], target.property_.time_zone
        first = hours.moments(booking.arrives_at, booking.arrives, booking.check_in, zone=zone)
        last = hours.moments(booking.departs_at, booking.departs, booking.check_out, zone=zone)
        begins = min(first, default=hours.convert_to_utc(booking.arrives, usual.check_in, zone=zone))
        ends = max(last, default=hours.convert_to_utc(booking.departs, usual.check_out, zone=zone))
        if ends <= begins:
            ends = begins + timedelta(hours=1)
        if booking.status is Status.LEFT:
            known_end = stay.departs_at if stay and stay.departs_at <= self._now else booking.updated_at or self._now
            ends = max(min(ends, known_end), begins + timedelta(minutes=1))
        return begins, ends

    def _update(self, stay: Stay, values: Mapping[str, Any]) -> None:
        differing = {name for name, value in values.items() if getattr(stay, name) != value}
        for name in differing:
            setattr(stay, name, values[name])
        if differing - _SILENT:
            self._changed.append(stay)
        elif differing:
            self._noted.append(stay)

    def _end_missing(self) -> None:
        """Cancels stays missing from a full feed, once two good readings agree, and only before they begin."""
        booking_keys = {booking.key for booking in self._reading.bookings}
        coming = Stay.objects.filter(connection=self._connection, cancelled_at=None, arrives_at__gt=self._now)
        for row in coming.exclude(external_key__in=booking_keys):
            if row.missing_since is None:
                row.missing_since = self._now
                self._noted.append(row)
            else:
                row.cancelled_at = self._now
                self._changed.append(row)

    def _note_waiting(self) -> None:
        """Stores how many bookings wait per listing. A partial reading can only raise the number."""
        for row in self._connection.listings.all():
            waiting_count = self._waiting[row.key] if row.property_id is None else 0
            waiting = waiting_count if self._is_whole or row.property_id else max(waiting_count, row.waiting)
            if waiting != row.waiting:
                PmsListing.objects.filter(pk=row.pk).update(waiting=waiting)


def _is_older(booking: Booking, stay: Stay) -> bool:
    """Whether the stored stay is newer by the system's own time stamp, because responses may overtake each other."""
    if booking.updated_at is None or stay.source_updated_at is None:
        return False
    return booking.updated_at < stay.source_updated_at


def _record_failure(connection: PmsConnection, exc: FailedError, *, lease: datetime, now: datetime) -> Outcome:
    leased_rows = PmsConnection.objects.filter(pk=connection.pk, leased_until=lease)
    leased_rows.update(
        leased_until=None,
        next_due_at=_next_attempt_at(connection, exc, now=now),
        failing_since=connection.failing_since or now,
        failures=connection.failures + 1,
        failure_code=exc.code.value,
        failure_facts={name: value if isinstance(value, int) else str(value) for name, value in exc.facts.items()},
    )
    system = catalogue.ALL[connection.kind].speaker
    return Outcome(connection=connection.key, failure=failures.render(exc.code.value, exc.facts, system=system))


def _next_attempt_at(connection: PmsConnection, exc: FailedError, *, now: datetime) -> datetime:
    """Returns the time that the system names, else doubles the pause, up to four hours."""
    if "at" in exc.facts:
        return max(datetime.fromisoformat(str(exc.facts["at"])), now)
    pause: timedelta = catalogue.ALL[connection.kind].every * int(2 ** min(connection.failures, 6))
    return now + min(pause, _LONGEST_PAUSE)
