"""Stores hosts and users."""

from datetime import UTC, datetime

from authorization.models import Membership, User
from backoffice.site_file.applying import passwords, rows
from backoffice.site_file.applying.rows import Counts, Values
from backoffice.site_file.entries import HostEntry, UserEntry
from chargers.models import Host


def apply_hosts(entries: tuple[HostEntry, ...]) -> Counts:
    values_by_key: dict[str, Values] = {
        entry.slug: {
            "slug": entry.slug,
            "name": entry.name,
            "currency": entry.currency,
            "country": entry.country,
            "legal_address": entry.legal_address,
            "tax_number": entry.tax_number,
            "ocpi_country_code": entry.ocpi_country_code,
            "ocpi_party_id": entry.ocpi_party_id,
        }
        for entry in entries
    }
    existing = {host.slug: host for host in Host.objects.filter(slug__in=values_by_key)}
    return rows.count(rows.store(Host, values_by_key, existing))


def apply_users(entries: tuple[UserEntry, ...]) -> Counts:
    existing = {user.email: user for user in User.objects.filter(email__in=[entry.email for entry in entries])}
    hashes = passwords.of_users(entries, existing)
    now = datetime.now(tz=UTC)
    values_by_key = {
        entry.email: {
            "email": entry.email,
            "password": hashes[entry.email],
            "is_agent": entry.is_support_agent,
            # The operator vouches for the address of a new account.
            "email_confirmed_at": existing_user.email_confirmed_at
            if (existing_user := existing.get(entry.email))
            else now,
        }
        for entry in entries
    }
    result = rows.store(User, values_by_key, existing)
    memberships_by_user = {result.rows[e.email].pk: e.memberships for e in entries if e.memberships is not None}
    hosts = dict(Host.objects.values_list("slug", "pk"))
    memberships: dict[tuple[int, int], Values] = {
        (user, hosts[m.host]): {"user_id": user, "host_id": hosts[m.host], "role": m.role}
        for user, listed_memberships in memberships_by_user.items()
        for m in listed_memberships
    }
    present = {(row.user_id, row.host_id): row for row in Membership.objects.filter(user_id__in=memberships_by_user)}
    _, changed = rows.replace_children(Membership, memberships, present)
    return rows.count(result, touched=rows.owners(result, changed))
