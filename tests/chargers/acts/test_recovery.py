"""The safe ladder: which steps a host's people allow at a property's chargers, or at one of them."""

from datetime import UTC, datetime, timedelta

from authorization.models import AuditEntry
from chargers.fleet import presence
from chargers.lib import ids
from chargers.models import (
    ChargerRecoveryPolicy,
    Connector,
    Recovery,
    RecoveryPolicy,
    RecoveryRecord,
    StateSpan,
)
from chargers.recovery import progress
from tests.kit.world import World

PAGE = "/properties/sunset-1/ladder/"


def test_who_operates_chargers_allows_steps_and_is_in_the_audit_trail(world: World, client_of):
    client = client_of(world.owner)
    assert "It is off" in client.get(PAGE).content.decode()

    assert client.post(PAGE, {"steps": ["ticket", "trigger"]}).status_code == 302
    assert RecoveryPolicy.objects.get().steps == ["trigger", "ticket"]
    entry = AuditEntry.objects.get(verb="property.safe_ladder")
    assert (entry.user, entry.before, entry.after) == (world.owner, {"steps": []}, {"steps": ["trigger", "ticket"]})
    assert "Allowed steps" in client.get(PAGE).content.decode()
    assert "safe ladder tries" in client.get("/properties/sunset-1/").content.decode()
    client.post(PAGE, {})
    assert RecoveryPolicy.objects.get().steps == []


def test_a_charger_has_a_choice_of_its_own_until_it_follows_the_property_again(world: World, client_of):
    client, page = client_of(world.owner), "/chargers/CP1/setup/"
    RecoveryPolicy.objects.create(property=world.site, steps=["trigger"], changed_at=world.site.created_at)
    RecoveryRecord.objects.create(step="reset_soft", tried=20, recovered=1)
    RecoveryRecord.objects.create(step="reset_hard", tried=20, recovered=16)

    client.post(f"{page}ladder/", {"whose": "own", "steps": ["reset_hard", "reset_soft"]})

    assert progress.steps_at(world.charger) == ("reset_soft", "reset_hard")
    text = client.get(page).content.decode()
    assert text.index('value="reset_hard" checked') < text.index('value="reset_soft" checked')
    assert "“Hard reset” comes before “Soft reset”: it helped 16 of 20 times, “Soft reset” 1 of 20 times." in text
    assert AuditEntry.objects.get(verb="charger.safe_ladder").after == {"steps": ["reset_soft", "reset_hard"]}
    client.post(f"{page}ladder/", {"whose": "own"})
    assert progress.steps_at(world.charger) == ()
    client.post(f"{page}ladder/", {"whose": "place", "steps": ["reset_hard"]})
    assert progress.steps_at(world.charger) == ("trigger",)


def test_a_charger_s_own_choice_begins_a_ladder_or_keeps_it_from_beginning(world: World):
    now = datetime.now(tz=UTC)
    presence.connect(world.charger, connection_id=ids.generate(now=now), version="1.6", now=now)
    Connector.objects.update(status="Faulted", error_code="InternalError", status_at=now)
    StateSpan.objects.filter(until=None, state="faulted").update(since=now - timedelta(hours=1))
    own = ChargerRecoveryPolicy.objects.create(charger=world.charger, steps=["trigger"], changed_at=now)

    progress.begin_due(now=now)
    assert Recovery.objects.exists()

    Recovery.objects.all().delete()
    RecoveryPolicy.objects.create(property=world.site, steps=["trigger"], changed_at=now)
    own.steps = []
    own.save()
    progress.begin_due(now=now)
    assert not Recovery.objects.exists()
