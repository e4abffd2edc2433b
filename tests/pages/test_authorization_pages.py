"""Decisions, the dry run, the chain and the catalogue."""

from authorization import engine, reasons
from authorization.models import Decision
from tests.pages.conftest import tap


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

    assert response.context["outcome"] is None


def test_it_draws_every_step_of_the_chain(world, client_of):
    text = client_of(world.owner).get("/authorization/how-it-works/").content.decode()

    assert all(step.title in text for step in engine.CHAIN)


def test_it_lists_every_reason(world, client_of):
    text = client_of(world.owner).get("/authorization/reasons/").content.decode()

    assert all(f'id="{code}"' in text for code in reasons.CATALOGUE)
