"""Seller data of a host, and what the law requires and is missing."""

from datetime import date

from django.db import transaction

from billing.models import SellerFacts
from chargers.lib import secrets
from chargers.lib.secrets import UnreadableSecretError
from chargers.models import Host

Kind = SellerFacts.Kind


def load(host: Host) -> SellerFacts:
    """Returns the host's data, or an unsaved blank one."""
    return SellerFacts.objects.filter(host=host).first() or SellerFacts(host=host)


def store(
    host: Host, *, kind: str, taxpayer_number: str, registration_number: str, born_on: date | None
) -> tuple[str, ...]:
    """Stores the data, with the taxpayer number encrypted. Returns the names of changed fields."""
    with transaction.atomic():
        # Before the first row, only the host can be locked.
        Host.objects.select_for_update(no_key=True).get(pk=host.pk)
        row = SellerFacts.objects.filter(host=host).first() or SellerFacts(host=host)
        current = {
            "kind": row.kind,
            "taxpayer_number": plain_number(row),
            "registration_number": row.registration_number,
            "born_on": row.born_on,
        }
        submitted = {
            "kind": kind,
            "taxpayer_number": taxpayer_number,
            "registration_number": registration_number,
            "born_on": born_on,
        }
        changed = tuple(name for name, value in submitted.items() if value != current[name])
        if changed:
            row.kind, row.registration_number, row.born_on = kind, registration_number, born_on
            row.taxpayer_number_encrypted = secrets.encrypt(taxpayer_number) if taxpayer_number else ""
            row.save()
        return changed


def plain_number(facts: SellerFacts) -> str:
    """Returns the taxpayer number; empty if there is none or its encryption key is gone."""
    if not facts.taxpayer_number_encrypted:
        return ""
    try:
        return secrets.decrypt(facts.taxpayer_number_encrypted)
    except UnreadableSecretError:
        return ""


def taxpayer_number(facts: SellerFacts, *, is_whole: bool) -> str:
    number = plain_number(facts)
    return number if is_whole or not number else f"…{number[-4:]}"


def missing(host: Host, facts: SellerFacts, *, has_account: bool, is_in_eu: bool) -> tuple[str, ...]:
    """Returns what a report about this host lacks, as readable names."""
    is_person = facts.kind == Kind.PERSON
    needed = {
        "legal name": host.legal_name,
        "address": host.legal_address,
        "taxpayer number": facts.taxpayer_number_encrypted and plain_number(facts),
        "bank account": has_account,
    }
    if is_person:
        needed["date of birth"] = facts.born_on
    elif is_in_eu:
        needed |= {"registration number": facts.registration_number, "VAT number": host.tax_number}
    return tuple(name for name, value in needed.items() if not value)
