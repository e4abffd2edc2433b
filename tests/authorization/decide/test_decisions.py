"""Decisions against the real database: facts are found, judged and stored."""

from dataclasses import replace

import pytest
from django.db import connection

from authorization.decide import decisions, reasons
from authorization.models import AccessRule, Decision, MobilityProvider, ProviderBlock, Stay, TokenGroup
from chargers.lib import ids
from chargers.models import Charger, Command, Property, Transaction, Unit
from tests.kit import site as sites
from tests.kit.decisions import Kind, Known, Question, ask, site
from tests.kit.site import HOUR, NOON, UID

__all__ = ["site"]
pytestmark = pytest.mark.django_db


def sentence(outcome, step):
    return next(line["sentence"] for line in outcome.trace if line["step"] == step)


def test_it_accepts_a_member_and_stores_the_decision_with_its_trace(site):
    token = sites.member_token(site, parent="FAMILY", expires_at=NOON + HOUR)

    outcome = ask(site, uid="04:a1:b2:c3:d4", evse_number=1)

    assert (outcome.verdict, outcome.status_16, outcome.status_2x) == ("accepted", "Accepted", "Accepted")
    assert (outcome.parent, outcome.expires_at) == ("FAMILY", NOON + HOUR)
    stored = Decision.objects.get()
    assert stored.id == outcome.id
    assert ids.time_of(stored.id) == NOON
    assert (stored.host, stored.charger, stored.token) == (site.host, site.charger, token)
    assert (stored.uid, stored.canonical_uid, stored.evse_number) == ("04:a1:b2:c3:d4", UID, 1)
    assert (stored.kind, stored.verdict, stored.reason, stored.granted_by) == (
        "authorize",
        "accepted",
        "",
        "local_group",
    )
    assert (stored.at, stored.event_at, stored.late, stored.decided_by) == (NOON, NOON, False, "us")
    assert stored.trace == outcome.trace
    assert len(stored.trace) == 19
    assert "group 'Residents', which opens Sunset 1" in sentence(outcome, "local_group")


def test_it_stores_a_refusal_with_its_reason(site):
    outcome = ask(site)

    stored = Decision.objects.get()
    assert (stored.verdict, stored.reason, stored.granted_by) == ("refused", "token_unknown", "")
    assert (stored.status_16, stored.status_2x) == ("Invalid", "Unknown")
    assert outcome.reason_entry is reasons.get("token_unknown")


def test_it_stores_nothing_on_a_dry_run(site):
    outcome = ask(site, dry_run=True)

    assert outcome.id is None
    assert outcome.reason == "token_unknown"
    assert not Decision.objects.exists()


@pytest.mark.parametrize("prepare", [sites.member_token, lambda site: None], ids=["member", "unknown"])
def test_it_costs_one_query_and_one_insert(site, prepare, django_assert_num_queries):
    prepare(site)
    sites.open_transaction(site.charger, "SOMEBODY")
    ask(site, dry_run=True)  # a new connection prepares its statement first

    with django_assert_num_queries(2):
        ask(site)


def test_it_costs_at_most_four_queries_for_any_card(site, django_assert_num_queries):
    sites.member_token(site, parent="FAMILY", valid=True)
    sites.roaming_token(whitelist="NEVER")
    sites.open_transaction(site.charger, "SOMEBODY")
    ask(site, dry_run=True)

    with django_assert_num_queries(4):
        ask(site)


@pytest.mark.parametrize("kind", [Kind.AUTHORIZE, Kind.START, Kind.REMOTE_START])
@pytest.mark.parametrize("late", [False, True])
def test_it_finds_the_same_behind_a_pooler_that_cannot_keep_statements(site, kind, late, monkeypatch):
    sites.member_token(site)
    sites.open_transaction(site.charger, "SOMEBODY")
    prepared = ask(site, kind, late=late, dry_run=True)

    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    sent = ask(site, kind, late=late, dry_run=True)

    assert (sent.verdict, sent.trace) == (prepared.verdict, prepared.trace)


def test_it_counts_what_was_changed_a_moment_ago(site):
    token = sites.own_token(site)
    assert ask(site).reason == "not_in_local_group"

    token.groups.add(site.residents)
    assert ask(site).is_accepted

    TokenGroup.objects.update(enabled=False)
    assert ask(site).reason == "group_disabled"


def test_it_reads_the_charger_afresh_however_old_the_callers_copy_is(site):
    sites.roaming_token()
    site.charger.property.access = "public_roaming"

    assert ask(site).reason == "not_public"

    site.property.access = "public_roaming"
    site.property.save()
    assert ask(site).granted_by == "roaming_always"


@pytest.mark.parametrize("link", ["property", "unit", "charger"])
def test_it_finds_a_group_by_what_it_is_linked_to(site, link):
    token = sites.own_token(site)
    group = TokenGroup.objects.create(host=site.host, slug="team", name="Team")
    {"property": group.properties, "unit": group.units, "charger": group.chargers}[link].add(getattr(site, link))
    token.groups.add(group)

    outcome = ask(site)

    named = {"property": "Sunset 1", "unit": "Apartment 2B", "charger": "charger CP1"}[link]
    assert f"group 'Team', which opens {named}" in sentence(outcome, "local_group")


@pytest.mark.parametrize("link", ["property", "unit", "charger"])
def test_it_finds_a_direct_grant(site, link):
    AccessRule.objects.create(token=sites.own_token(site), **{link: getattr(site, link)}, active_to=NOON + HOUR)

    assert ask(site).granted_by == "local_group"
    assert ask(site, at=NOON + HOUR).reason == "outside_schedule"


def test_it_does_not_let_a_grant_open_another_charger(site):
    other = Charger.objects.create(charger_id="CP2", station_id="S-CP2", property=site.property)
    AccessRule.objects.create(token=sites.own_token(site), charger=other)

    assert ask(site).reason == "not_in_local_group"


def test_it_reads_a_groups_schedule_in_the_propertys_zone(site):
    sites.member_token(site)
    TokenGroup.objects.update(schedule=[{"days": ["TUE"], "from": "11:30", "to": "12:30"}])

    assert ask(site, at=NOON).is_accepted
    assert ask(site, at=NOON + HOUR).reason == "outside_schedule"


def test_it_does_not_know_another_hosts_card(site):
    sites.member_token(sites.build("lakeside", charger_id="CP7"))

    outcome = ask(site)

    assert outcome.reason == "token_unknown"
    assert "akeside" not in str(outcome.trace)


def test_it_judges_a_providers_card(site):
    token = sites.roaming_token()
    assert ask(site).reason == "not_public"

    token.msp.blocked = True
    token.msp.save()
    assert ask(site).reason == "msp_blocked"


def test_it_prefers_the_provider_that_could_let_the_card_in(site):
    site.property.access = "public_roaming"
    site.property.save()
    blocked = sites.roaming_token(party="AAA")
    blocked.msp.blocked = True
    blocked.msp.save()
    sites.roaming_token(party="BBB")

    outcome = ask(site)

    assert outcome.granted_by == "roaming_always"
    assert "Provider BBB" in sentence(outcome, "roaming_always")


@pytest.mark.parametrize(
    ("policy", "verdict"), [("ALLOWED", "accepted"), ("ALLOWED_OFFLINE", "accepted"), ("NEVER", "refused")]
)
def test_it_lets_the_policy_decide_while_live_validation_is_not_set_up(site, policy, verdict):
    site.property.access = "public_roaming"
    site.property.save()
    sites.roaming_token(whitelist=policy)

    outcome = ask(site)

    assert outcome.verdict == verdict
    assert outcome.reason == ("" if verdict == "accepted" else "live_validation_timeout")
    assert "live validation is not set up" in sentence(outcome, "live_validation")


def test_it_does_not_take_a_yes_by_policy_for_the_providers_own(site):
    site.property.access = "public_roaming"
    site.property.save()
    sites.roaming_token(whitelist="ALLOWED")
    ask(site)

    assert ask(site).granted_by == "live_validation"


def test_it_lets_a_card_stop_its_own_session(site):
    sites.own_token(site, blocked=True)
    sites.open_transaction(site.charger, "04:a1:b2:c3:d4")

    assert ask(site).granted_by == "possible_stop"


def test_it_lets_an_ocpp_parent_stop_and_a_plain_group_not(site):
    sites.own_token(site, parent="Family")
    sites.member_token(site, "PARTNER", parent="FAMILY")
    sites.member_token(site, "NEIGHBOUR")
    sites.open_transaction(site.charger, "PARTNER")

    assert ask(site).granted_by == "possible_stop"
    neighbour = ask(site, uid="NEIGHBOUR")
    assert neighbour.granted_by == "local_group"
    assert "has no session to stop" in sentence(neighbour, "possible_stop")


def test_it_makes_a_group_a_parent_only_where_it_is_marked_so(site):
    sites.member_token(site, "PARTNER")
    sites.member_token(site)
    sites.open_transaction(site.charger, "PARTNER")
    assert ask(site).granted_by == "local_group"

    TokenGroup.objects.update(is_parent=True)
    assert ask(site).granted_by == "possible_stop"


def test_it_refuses_a_second_start_elsewhere(site):
    sites.member_token(site)
    other = Charger.objects.create(charger_id="CP2", station_id="S-CP2", property=site.property)
    sites.open_transaction(other, "04a1b2c3d4")

    assert ask(site, Kind.START, evse_number=1).reason == "already_charging"
    assert ask(site, Kind.REMOTE_START).reason == "already_charging"
    assert ask(site, Kind.AUTHORIZE).is_accepted


def test_a_start_that_was_refused_and_never_ended_keeps_the_card_free(site):
    sites.member_token(site)
    other = Charger.objects.create(charger_id="CP2", station_id="S-CP2", property=site.property)
    sites.open_transaction(other, "04a1b2c3d4")
    Transaction.objects.update(authorization_status="ConcurrentTx")

    assert ask(site, Kind.START, evse_number=1).is_accepted


def test_it_does_not_mistake_the_transaction_that_asks_for_another(site):
    sites.member_token(site)
    sites.open_transaction(site.charger, transaction_id="42", evse_number=None)

    assert ask(site, Kind.START, transaction_id="42").is_accepted
    assert ask(site, Kind.START).reason == "already_charging"


def test_it_does_not_see_other_hosts_sessions(site):
    sites.member_token(site)
    sites.open_transaction(sites.build("lakeside", charger_id="CP7").charger)

    assert ask(site, Kind.START).is_accepted


def test_it_judges_a_replay_as_of_then(site):
    sites.member_token(site)
    other = Charger.objects.create(charger_id="CP2", station_id="S-CP2", property=site.property)
    sites.open_transaction(other, started_at=NOON - 3 * HOUR, stopped_at=NOON - HOUR)

    late = ask(site, Kind.START, at=NOON - 2 * HOUR, late=True)
    assert late.reason == "already_charging"
    assert Decision.objects.get().late is True
    assert ask(site, Kind.START, at=NOON).is_accepted


def test_it_knows_a_stay_by_its_card(site):
    token = sites.own_token(site)
    stay = Stay.objects.create(
        property=site.property, unit=site.unit, token=token, reference="R-77", arrives_at=NOON, departs_at=NOON + HOUR
    )
    assert ask(site).granted_by == "stay"
    assert ask(site, at=NOON + HOUR).reason == "outside_stay"

    stay.unit = Unit.objects.create(property=site.property, slug="3a", name="Apartment 3A")
    stay.save()
    refused = ask(site)
    assert refused.reason == "wrong_charger_for_stay"
    assert "Apartment 3A, Sunset 1" in sentence(refused, "stay")


def test_it_takes_an_ordered_start_from_the_caller(site):
    order = Command(
        action="RemoteStartTransaction",
        origin="user:host@example.com",
        id_token="04a1b2c3d4",
        created_at=NOON - HOUR / 60,
    )

    outcome = ask(site, Kind.START, known=Known(ordered_start=order))

    assert outcome.granted_by == "start_ordered"
    assert sentence(outcome, "start_ordered").startswith("host@example.com ordered this start")
    assert ask(site, Kind.START, at=NOON + HOUR, known=Known(ordered_start=order)).reason == "token_unknown"


@pytest.mark.parametrize("uid", ["04A1\x00B2", "\ud800", "О4A1B2C3D4", "A" * 300, ""])
def test_it_answers_and_stores_whatever_a_charger_presents(site, uid):
    outcome = ask(site, uid=uid)

    assert outcome.reason == "token_unknown"
    stored = Decision.objects.get()
    assert stored.canonical_uid == ""
    assert len(stored.uid) <= 255


def test_it_refuses_at_a_retired_charger_and_one_without_a_licence(site):
    sites.member_token(site)
    site.charger.licence.state = "inactive"
    site.charger.licence.save()
    assert ask(site).reason == "licence_inactive"

    site.charger.licence.delete()
    assert ask(site).reason == "licence_inactive"

    Charger.objects.update(retired_at=NOON)
    refused = ask(site, Kind.GUEST)
    assert (refused.reason, refused.status_16) == ("station_id_invalid", "Invalid")


def test_it_blocks_a_provider_for_one_host_only_and_says_who_did(site):
    sites.roaming_token(uid="ROAMER")
    other = sites.build("lakeside", charger_id="CP7")
    for place in (site.property, other.property):
        place.access = "public_roaming"
        place.save()
    msp = MobilityProvider.objects.get()
    ProviderBlock.objects.create(host=site.host, msp=msp, reason="Invoices unpaid", since=NOON - 40 * HOUR)

    here, there = ask(site, uid="ROAMER"), ask(other, uid="ROAMER")

    assert (here.reason, there.verdict) == ("msp_blocked", "accepted")
    assert "is blocked by Sunset Stays on 8 Mar 2026: Invoices unpaid." in sentence(here, "msp_not_blocked")


def test_it_tells_a_block_for_all_hosts_before_the_hosts_own(site):
    token = sites.roaming_token()
    ProviderBlock.objects.create(host=site.host, msp=token.msp, reason="Mine", since=NOON)
    MobilityProvider.objects.update(blocked=True, blocked_reason="Fraud")

    assert "is blocked by support for all hosts: Fraud." in sentence(ask(site), "msp_not_blocked")


def test_a_survey_answers_as_each_charger_would(site):
    token = sites.member_token(site, parent="FAMILY")
    sites.own_token(site, "SISTER", parent="FAMILY")
    other = Charger.objects.create(charger_id="CP2", station_id="S-CP2", property=site.property)
    elsewhere = Charger.objects.create(
        charger_id="CP3",
        station_id="S-CP3",
        property=Property.objects.create(host=site.host, slug="p2", name="P2", time_zone="UTC"),
    )
    sites.open_transaction(other, "SISTER")
    chargers = [elsewhere, other, site.charger]

    told = decisions.survey(chargers=chargers, question=Question(kind="authorize", uid=token.uid, at=NOON))

    single = [ask(site, charger=charger, dry_run=True) for charger in chargers]
    assert [replace(one, duration_us=0) for one in told] == [replace(one, duration_us=0) for one in single]
    assert [one.verdict for one in told] == ["refused", "accepted", "accepted"]
    assert told[1].granted_by == "possible_stop"


def test_a_survey_costs_no_more_queries_for_more_chargers(site, django_assert_num_queries):
    sites.roaming_token(whitelist="ALLOWED")
    chargers = [site.charger] + [
        Charger.objects.create(charger_id=f"C{n}", station_id=f"S{n}", property=site.property) for n in range(20)
    ]

    with django_assert_num_queries(2):
        decisions.survey(chargers=chargers, question=Question(kind="authorize", uid=UID, at=NOON))
