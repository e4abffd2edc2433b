"""Numbers of payment cards are masked in every column that takes what people type, however it is written."""

from datetime import UTC, datetime

from django.apps import apps

from authorization import audit
from authorization.models import AuditEntry, Token, TokenGroup
from chargers.models.free_text import FreeText
from chargers.models.sentences import SentencesField
from tests.kit.world import World

CARD, KEPT = "4242 4242 4242 4242", "•••• 4242"
TYPED = {
    "authorization.AccessGrant.reason", "authorization.AccessRequest.answer", "authorization.AccessRequest.message",
    "authorization.AccessRequest.name", "authorization.MobilityProvider.blocked_reason",
    "authorization.ProviderBlock.reason", "authorization.ReimbursementContract.employer",
    "authorization.ReimbursementContract.employer_contact", "authorization.ReimbursementContract.name",
    "authorization.Stay.guest_name", "authorization.Token.blocked_reason", "authorization.Token.owner",
    "authorization.TokenGroup.name", "authorization.User.name", "authorization.Vehicle.consent_words",
    "authorization.Vehicle.name", "billing.Complaint.answer", "billing.Complaint.text", "billing.Driver.name",
    "billing.Plan.name", "billing.ProcessorTransaction.finding", "billing.Rate.name", "billing.Receivable.answer",
    "billing.Refund.explanation", "billing.Session.state_sentences", "chargers.Charger.name", "chargers.Host.name",
    "chargers.Property.name", "chargers.Unit.name", "authorization.AuditEntry.reason",
}  # fmt: skip


def columns() -> set[str]:
    return {
        f"{model._meta.app_label}.{model.__name__}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, FreeText) or (isinstance(field, SentencesField) and field.is_typed)
    }


def test_it_masks_every_column_that_people_type_into():
    assert columns() >= TYPED


def test_it_masks_no_key_that_may_have_a_check_digit():
    plain = {
        "uid",
        "visual_number",
        "charger_id",
        "station_id",
        "serial_number",
        "evse_id",
        "tax_number",
        "paid_reference",
    }

    assert {column for column in columns() if column.rpartition(".")[2] in plain} == set()


def test_it_masks_what_is_created_and_the_instance_goes_on_with_it(world: World):
    made = TokenGroup.objects.create(host=world.host, slug="g", name=f"Residents {CARD}")

    assert made.name == f"Residents {KEPT}"
    assert TokenGroup.objects.get(pk=made.pk).name == f"Residents {KEPT}"


def test_it_masks_what_is_updated(world: World):
    Token.objects.filter(pk=world.member.pk).update(blocked_reason=f"paid with {CARD}")
    Token.objects.bulk_update([_owned(world.member)], ["owner"])
    world.member.refresh_from_db()

    assert (world.member.blocked_reason, world.member.owner) == (f"paid with {KEPT}", KEPT)


def test_it_masks_what_is_created_in_bulk(world: World):
    TokenGroup.objects.bulk_create([TokenGroup(host=world.host, slug="b", name=CARD)])

    assert TokenGroup.objects.get(slug="b").name == KEPT


def test_it_masks_the_reason_in_the_audit_trail_also_where_that_is_cut(world: World):
    subject = audit.Subject("charger", world.charger.pk, "CP1", world.host)
    audit.write("x", subject, user=world.owner, now=datetime.now(tz=UTC), reason="x" * 484 + CARD)

    assert AuditEntry.objects.get(verb="x").reason == "x" * 484 + KEPT


def test_a_number_that_is_a_uid_stays_whole(world: World):
    Token.objects.create(host=world.host, uid="4242424242424242", canonical_uid="4242424242424242", visual_number=CARD)

    assert Token.objects.get(uid="4242424242424242").visual_number == CARD


def _owned(token: Token) -> Token:
    token.owner = CARD
    return token
