"""Decisions, the dry run, the chain and the catalogue."""

from authorization.decide import engine, reasons
from authorization.models import Decision
from tests.kit.world import make_charger, tap


def test_it_lists_decisions_by_verdict_and_reason(world, client_of):
    tap(world.charger, "04A1B2C3D4")
    tap(world.charger, "04DEADBEEF01")
    refused = Decision.objects.get(verdict="refused")
    client = client_of(world.owner)

    by_verdict = client.get("/authorization/decisions/", {"verdict": "refused"}).content.decode()
    by_reason = client.get("/authorization/decisions/", {"reason": refused.reason}).content.decode()

    for text in (by_verdict, by_reason):
        assert str(refused.id) in text
        assert "04A1B2C3D4" not in text


def test_its_dry_run_stores_nothing(world, client_of):
    response = client_of(world.owner).get(
        "/authorization/test/", {"charger": "CP1", "uid": "04DEADBEEF01", "kind": "authorize"}
    )

    assert "Refused:" in response.content.decode()
    assert not Decision.objects.exists()


def test_its_dry_run_says_yes_to_a_member(world, client_of):
    response = client_of(world.owner).get(
        "/authorization/test/", {"charger": "CP1", "uid": "04 a1 b2 c3 d4", "kind": "start"}
    )

    assert "Accepted." in response.content.decode()


def test_its_dry_run_does_not_reach_foreign_chargers(world, client_of):
    response = client_of(world.stranger).get(
        "/authorization/test/", {"charger": "CP1", "uid": "04A1B2C3D4", "kind": "authorize"}
    )

    assert response.context["trials"] == []


def test_it_shows_what_a_change_would_do_before_it_is_made(world, client_of):
    asked = {"place": "charger:CP1", "uid": "04DEADBEEF01", "kind": "authorize"}
    client = client_of(world.owner)

    plain = client.get("/authorization/test/", asked).context["one"]
    supposed = client.get("/authorization/test/", asked | {"group": "yes"})

    assert (plain.now.verdict, plain.then) == ("refused", None)
    (trial,) = supposed.context["trials"]
    assert (trial.now.verdict, trial.then.verdict, trial.then.granted_by) == ("refused", "accepted", "local_group")
    assert "What if" in supposed.content.decode()
    assert not Decision.objects.exists()


def test_it_tests_all_chargers_of_a_property_at_once(world, client_of):
    make_charger(world.site, "CP2", station_id="SUN002")
    unlicensed = make_charger(world.site, "CP3", station_id="SUN003")
    unlicensed.licence.state = "inactive"
    unlicensed.licence.save()

    response = client_of(world.owner).get(
        "/authorization/test/", {"place": "property:sunset-1", "uid": "04A1B2C3D4", "kind": "start", "licence": "yes"}
    )

    told = [(trial.charger.station_id, trial.now.verdict, trial.then.verdict) for trial in response.context["trials"]]
    assert told == [
        ("SUN001", "accepted", "accepted"),
        ("SUN002", "accepted", "accepted"),
        ("SUN003", "refused", "accepted"),
    ]
    text = response.content.decode()
    assert "<strong>2 of 3</strong>" in text
    assert "Licence inactive" in text
    assert text.count(">changes<") == 1


def test_it_says_what_is_wrong_with_a_uid(world, client_of):
    response = client_of(world.owner).get(
        "/authorization/test/", {"place": "charger:CP1", "uid": "a\u200bb!", "kind": "start"}
    )

    assert response.status_code == 200
    assert response.context["form"].errors["uid"]


def test_it_draws_every_step_of_the_chain(world, client_of):
    text = client_of(world.owner).get("/authorization/how-it-works/").content.decode()

    assert all(step.title in text for step in engine.CHAIN)


def test_it_lists_every_reason(world, client_of):
    text = client_of(world.owner).get("/authorization/reasons/").content.decode()

    assert all(f'id="{code}"' in text for code in reasons.CATALOGUE)
