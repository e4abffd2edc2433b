"""Stores chargers with their licences, outlets and upstreams."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat

from backoffice.site_file.applying import passwords, rows
from backoffice.site_file.applying.rows import Counts, StoredRows, Values
from backoffice.site_file.entries import ChargerEntry, ConnectorEntry, UpstreamEntry
from chargers.models import Charger, Connector, Evse, Licence, Property, Unit, Upstream
from chargers.security import keys
from chargers.upstreams import backends

Chargers = StoredRows[str, Charger]


def apply_chargers(entries: tuple[ChargerEntry, ...], *, now: datetime) -> Counts:
    existing = _existing([entry.charger_id for entry in entries])
    doors = passwords.of_chargers(entries, existing, now=now)
    values_by_key = _build_charger_values(entries, existing, doors=doors)
    _free_station_ids(values_by_key, existing)
    chargers = rows.store(Charger, values_by_key, existing)
    passworded = [
        (chargers.rows[entry.charger_id], entry.password) for entry in entries if entry.password and not entry.former_id
    ]
    transaction.on_commit(partial(keys.remember, passworded))
    rearranged = _upstreams(entries, chargers)
    backends.announce_changes(Charger.objects.filter(pk__in=rearranged), now=now)
    changed = _licences(entries, chargers) | _outlets(entries, chargers) | rearranged
    return rows.count(chargers, touched=rows.owners(chargers, changed))


def _existing(charger_ids: list[str]) -> dict[str, Charger]:
    return {
        charger.charger_id: charger
        for batch in rows.batches(charger_ids)
        for charger in Charger.objects.filter(charger_id__in=batch)
    }


def _build_charger_values(
    entries: Iterable[ChargerEntry], existing: Mapping[str, Charger], *, doors: Mapping[str, Values]
) -> dict[str, Values]:
    places = dict(Property.objects.values_list("slug", "pk"))
    units = {
        (property_slug, slug): pk
        for property_slug, slug, pk in Unit.objects.values_list("property__slug", "slug", "pk")
    }
    return {
        entry.charger_id: {
            "charger_id": entry.charger_id,
            "station_id": entry.station_id,
            "property_id": places[entry.property],
            "unit_id": units[entry.property, entry.unit] if entry.unit else None,
            "security_profile": existing[entry.charger_id].security_profile
            if entry.former_id
            else entry.security_profile,
            "configured": entry.configured,
            **doors[entry.charger_id],
        }
        for entry in entries
    }


def _free_station_ids(values_by_key: Mapping[str, Values], existing: Mapping[str, Charger]) -> None:
    """Frees the station ids that change before new ones are stored, so that two chargers can swap their labels."""
    changing = [
        charger.pk for key, charger in existing.items() if charger.station_id != values_by_key[key]["station_id"]
    ]
    nobodys = Concat(Value("~"), Cast(F("pk"), output_field=CharField()))
    Charger.objects.filter(pk__in=changing).update(station_id=nobodys)


def _licences(entries: Iterable[ChargerEntry], chargers: Chargers) -> frozenset[int]:
    values_by_key: dict[int, Values] = {}
    for entry in entries:
        charger = chargers.rows[entry.charger_id].pk
        values_by_key[charger] = {
            "charger_id": charger,
            "state": entry.licence.state,
            "expires_on": entry.licence.expires_on,
        }
    existing = {row.charger_id: row for row in Licence.objects.filter(charger_id__in=values_by_key)}
    result = rows.store(Licence, values_by_key, existing)
    return result.created | result.updated


def _outlets(entries: Iterable[ChargerEntry], chargers: Chargers) -> frozenset[int]:
    """Stores EVSEs and connectors of the chargers that list them; an existing outlet keeps its status."""
    connectors_by_charger = {chargers.rows[e.charger_id].pk: e.connectors for e in entries if e.connectors is not None}
    wanted_evses: dict[tuple[int, int], Values] = {}
    for charger, connectors in connectors_by_charger.items():
        wanted_evses |= _evses(charger, connectors)
    present = {(row.charger_id, row.number): row for row in Evse.objects.filter(charger_id__in=connectors_by_charger)}
    evses, changed = rows.replace_children(Evse, wanted_evses, present)
    values_by_key: dict[tuple[int, int], Values] = {
        (evses.rows[charger, connector.evse].pk, connector.number): {
            "evse_id": evses.rows[charger, connector.evse].pk,
            "number": connector.number,
            "standard": connector.standard,
            "max_power_w": connector.max_power_w,
        }
        for charger, connectors in connectors_by_charger.items()
        for connector in connectors
    }
    plugs = Connector.objects.filter(evse__charger_id__in=connectors_by_charger)
    _, changed_evses = rows.replace_children(
        Connector, values_by_key, {(row.evse_id, row.number): row for row in plugs}
    )
    return changed | {charger for charger, _ in rows.owners(evses, changed_evses)}


def _evses(charger: int, connectors: Iterable[ConnectorEntry]) -> dict[tuple[int, int], Values]:
    names: dict[int, str] = {}
    for connector in connectors:
        names[connector.evse] = names.get(connector.evse) or connector.evse_id
    return {
        (charger, number): {"charger_id": charger, "number": number, "evse_id": evse_id}
        for number, evse_id in names.items()
    }


def _upstreams(entries: Iterable[ChargerEntry], chargers: Chargers) -> frozenset[int]:
    upstreams_by_charger = {chargers.rows[entry.charger_id].pk: entry.upstreams for entry in entries}
    present = {
        (row.charger_id or 0, row.name): row for row in Upstream.objects.filter(charger_id__in=upstreams_by_charger)
    }
    values_by_key = {
        (charger, upstream.name): _upstream(charger, upstream, present.get((charger, upstream.name)))
        for charger, upstreams in upstreams_by_charger.items()
        for upstream in upstreams
    }
    # The old Leader steps back before the new one is appointed, because there may be only one at any moment.
    deposed = [
        row.pk for key, row in present.items() if key in values_by_key and values_by_key[key]["role"] != row.role
    ]
    Upstream.objects.filter(pk__in=deposed).update(role=Upstream.Role.FOLLOWER)
    _, changed = rows.replace_children(Upstream, values_by_key, present)
    return changed


def _upstream(charger: int, entry: UpstreamEntry, present: Upstream | None) -> Values:
    return {
        "charger_id": charger,
        "name": entry.name,
        "url": entry.url,
        "role": entry.role,
        "username": entry.username,
        "password_encrypted": passwords.encrypt_if_changed(
            entry.password, ciphertext=present.password_encrypted if present else ""
        ),
    }
