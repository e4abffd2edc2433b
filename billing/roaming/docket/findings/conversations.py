"""Examines several exchanges together: ids that repeat, CDRs that change, results that never came."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from billing.roaming.docket.clauses import catalogue
from billing.roaming.docket.facts import Facts, Side
from billing.roaming.docket.findings import records
from billing.roaming.docket.findings.deviation import Deviation, build

_PATIENCE: Final = timedelta(minutes=3)
"""A result is owed within a minute, and workers may be late."""
_CDR_FIELDS: Final = ("currency", "total_cost", "total_energy", "start_date_time", "end_date_time", "stop_date_time")


@dataclass(slots=True)
class _Memory:
    """What earlier exchanges said, by id."""

    request_ids: set[str] = field(default_factory=set)
    cdrs: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    currencies: dict[str, Any] = field(default_factory=dict)


def examine(exchanges: Sequence[Facts]) -> Iterator[tuple[Facts, Deviation]]:
    """Yields deviations with the exchange that shows them. `exchanges`: of one partner, the oldest first."""
    memory = _Memory()
    for facts in exchanges:
        for deviation in (*_examine_ids(facts, memory), *_examine_objects(facts, memory)):
            if catalogue.applies(deviation.code, facts.version):
                yield facts, deviation
    yield from _examine_results(exchanges)


def _examine_ids(facts: Facts, memory: _Memory) -> Iterator[Deviation]:
    if not facts.is_incoming or not facts.request_id:
        return
    if facts.request_id in memory.request_ids:
        yield build("message_ids.request_id_repeated", Side.PARTNER, "header X-Request-ID", facts.request_id)
    memory.request_ids.add(facts.request_id)


def _examine_objects(facts: Facts, memory: _Memory) -> Iterator[Deviation]:
    if facts.module not in {"cdrs", "sessions"}:
        return
    for author, path, value in records.list_objects(facts):
        key = str(value.get("id", "")).casefold()
        if not key:
            continue
        if facts.module == "sessions":
            currency = memory.currencies.setdefault(key, value.get("currency"))
            if currency != value.get("currency"):
                yield build("sessions.currency_changed", author, f"{path}.currency", value.get("currency"))
            continue
        earlier = memory.cdrs.setdefault(key, value)
        for name in _CDR_FIELDS:
            if name in earlier and name in value and earlier[name] != value[name]:
                yield build("cdrs.changed", author, f"{path}.{name}", value[name])
                break


def _examine_results(exchanges: Sequence[Facts]) -> Iterator[tuple[Facts, Deviation]]:
    """Yields our answers ACCEPTED that no result followed, though there was time for it."""
    if not exchanges:
        return
    newest_at = max(facts.at for facts in exchanges)
    sent_urls = {facts.url for facts in exchanges if facts.module == "commands" and not facts.is_incoming}
    for facts in exchanges:
        is_accepted = isinstance(facts.data, Mapping) and facts.data.get("result") == "ACCEPTED"
        if not (facts.module == "commands" and facts.is_incoming and is_accepted):
            continue
        url = facts.request.value.get("response_url") if isinstance(facts.request.value, Mapping) else None
        if isinstance(url, str) and url not in sent_urls and newest_at - facts.at > _PATIENCE:
            yield facts, build("results.never_sent", Side.US, "$.response_url", url)
