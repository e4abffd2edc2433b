"""Stores token groups, mobility providers and both kinds of cards."""

from collections.abc import Iterable, Mapping
from typing import Any

from authorization.models import MobilityProvider, Token, TokenGroup
from backoffice.site_file.applying import passwords, rows
from backoffice.site_file.applying.rows import Counts, StoredRows, Values
from backoffice.site_file.entries import GroupEntry, ProviderEntry, RoamingTokenEntry, TokenEntry
from chargers.models import Charger, Host, Property

CardKey = tuple[int, str]
"""The primary key of the host or provider, and the canonical UID."""


def apply_groups(entries: tuple[GroupEntry, ...]) -> Counts:
    hosts = dict(Host.objects.values_list("slug", "pk"))
    values_by_key: dict[CardKey, Values] = {
        (hosts[entry.host], entry.slug): {"host_id": hosts[entry.host], "slug": entry.slug, "name": entry.name}
        for entry in entries
    }
    token_groups = TokenGroup.objects.filter(slug__in={entry.slug for entry in entries})
    groups = rows.store(TokenGroup, values_by_key, {(row.host_id, row.slug): row for row in token_groups})
    keys = {entry.path: groups.rows[hosts[entry.host], entry.slug].pk for entry in entries}
    places = dict(Property.objects.values_list("slug", "pk"))
    chargers = dict(Charger.objects.values_list("charger_id", "pk"))
    changed = rows.replace_links(
        TokenGroup.properties.through,
        ("tokengroup_id", "property_id"),
        {keys[e.path]: {places[slug] for slug in e.properties} for e in entries if e.properties is not None},
    ) | rows.replace_links(
        TokenGroup.chargers.through,
        ("tokengroup_id", "charger_id"),
        {keys[e.path]: {chargers[name] for name in e.chargers} for e in entries if e.chargers is not None},
    )
    return rows.count(groups, touched=rows.owners(groups, changed))


def apply_providers(entries: tuple[ProviderEntry, ...]) -> Counts:
    existing = {provider.key: provider for provider in MobilityProvider.objects.all()}
    values_by_key = {entry.key: _provider(entry, existing.get(entry.key)) for entry in entries}
    return rows.count(rows.store(MobilityProvider, values_by_key, existing))


def apply_tokens(entries: tuple[TokenEntry, ...]) -> Counts:
    hosts = dict(Host.objects.values_list("slug", "pk"))
    keyed = {(hosts[entry.host], entry.canonical_uid): entry for entry in entries}
    existing = _existing(keyed, owner="host_id")
    values_by_key = {key: _token(entry, existing.get(key), host_id=key[0]) for key, entry in keyed.items()}
    tokens = rows.store(Token, values_by_key, existing, stamped=("updated_at",))
    groups = {(host, slug): pk for host, slug, pk in TokenGroup.objects.values_list("host_id", "slug", "pk")}
    links = {
        tokens.rows[hosts[entry.host], entry.canonical_uid].pk: {
            groups[hosts[entry.host], slug] for slug in entry.groups
        }
        for entry in entries
    }
    changed = rows.replace_links(Token.groups.through, ("token_id", "tokengroup_id"), links)
    return rows.count(tokens, touched=rows.owners(tokens, changed))


def apply_roaming_tokens(entries: tuple[RoamingTokenEntry, ...]) -> Counts:
    providers = {provider.key: provider.pk for provider in MobilityProvider.objects.all()}
    values_by_key: dict[CardKey, Values] = {
        (providers[entry.msp], entry.canonical_uid): {
            "msp_id": providers[entry.msp],
            "uid": entry.uid,
            "canonical_uid": entry.canonical_uid,
            "type": entry.type,
            "valid": entry.valid,
            "whitelist": entry.whitelist,
        }
        for entry in entries
    }
    return rows.count(_store(values_by_key, owner="msp_id"))


def _store(values_by_key: Mapping[CardKey, Values], *, owner: str) -> StoredRows[CardKey, Token]:
    return rows.store(Token, values_by_key, _existing(values_by_key, owner=owner), stamped=("updated_at",))


def _existing(keys: Iterable[CardKey], *, owner: str) -> dict[CardKey, Token]:
    """Returns only those of the owners' cards that the file names; a host may have a hundred thousand others."""
    owners = {key[0] for key in keys}
    uids = sorted({key[1] for key in keys})
    return {
        (getattr(token, owner), token.canonical_uid): token
        for batch in rows.batches(uids)
        for token in Token.objects.filter(**{f"{owner}__in": owners}, canonical_uid__in=batch)
    }


def _token(entry: TokenEntry, existing: Token | None, *, host_id: int) -> dict[str, Any]:
    may = entry.may_charge_concurrently
    return {
        "may_charge_concurrently": may if may is not None else bool(existing and existing.may_charge_concurrently),
        "host_id": host_id,
        "uid": entry.uid,
        "canonical_uid": entry.canonical_uid,
        "visual_number": entry.visual_number,
        "type": entry.type,
        "parent": entry.parent,
        "valid": entry.valid,
        "blocked": entry.blocked,
        "expires_at": entry.expires_at,
    }


def _provider(entry: ProviderEntry, existing: MobilityProvider | None) -> Values:
    provider = existing or MobilityProvider()
    token = provider.authorize_token_encrypted
    return {
        "authorize_url": entry.authorize_url or provider.authorize_url,
        "authorize_token_encrypted": passwords.encrypt_if_changed(entry.authorize_token, ciphertext=token)
        if entry.authorize_token
        else token,
        "authorize_timeout_s": entry.authorize_timeout_s or provider.authorize_timeout_s,
        "country_code": entry.country_code,
        "party_id": entry.party_id,
        "name": entry.name,
        "blocked": entry.blocked,
        "versions_url": entry.versions_url,
        "token_a_encrypted": passwords.encrypt_if_changed(
            entry.token_a, ciphertext=existing.token_a_encrypted if existing else ""
        ),
    }
