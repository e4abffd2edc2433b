"""Entries with the id of hardware that was replaced since: they are about the present hardware."""

from collections.abc import Mapping
from dataclasses import replace

from backoffice.site_file.entries import ChargerEntry, Site
from chargers.models import Charger, HardwareSwap


def follow(site: Site) -> Site:
    """Returns the file's entries under the present ids, so that the same file can be applied after a replacement.

    One query, or two if hardware was ever replaced.
    """
    present_ids = _load_present_ids()
    if not present_ids:
        return site
    return replace(
        site,
        chargers=tuple(_follow_charger(entry, present_ids) for entry in site.chargers),
        token_groups=tuple(
            replace(entry, chargers=entry.chargers and _follow_all(entry.chargers, present_ids))
            for entry in site.token_groups
        ),
        rate_assignments=tuple(
            replace(entry, charger=entry.charger and present_ids.get(entry.charger, entry.charger))
            for entry in site.rate_assignments
        ),
        reimbursements=tuple(
            replace(entry, chargers=_follow_all(entry.chargers, present_ids)) for entry in site.reimbursements
        ),
    )


def _load_present_ids() -> dict[str, str]:
    """Returns the present id by each former one that is nobody's now."""
    ids = dict(HardwareSwap.objects.values_list("former_id", "charger__charger_id"))
    in_use = set(Charger.objects.filter(charger_id__in=ids).values_list("charger_id", flat=True)) if ids else set()
    return {former: present for former, present in ids.items() if former not in in_use}


def _follow_charger(entry: ChargerEntry, present_ids: Mapping[str, str]) -> ChargerEntry:
    present = present_ids.get(entry.charger_id)
    return entry if present is None else replace(entry, charger_id=present, former_id=entry.charger_id)


def _follow_all(charger_ids: tuple[str, ...], present_ids: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(present_ids.get(charger_id, charger_id) for charger_id in charger_ids)
