"""What a refund or a document would do, and what became of a refund, in sentences."""

import pytest

from billing.models import Refund, Session
from support.models import Ticket
from support.tools import money_previews
from support.tools.case import NotPossibleError, TicketContext
from tests.kit.callers import paid, rate
from tests.kit.drivers import NOW
from tests.kit.tickets import opened
from tests.kit.world import World

__all__ = ["paid", "rate"]
State = Refund.State
REFUSED = sorted(set(State) - {State.DONE, State.WAITING, State.SENDING, State.CHECKING, State.PARTLY})


def case(world: World, session: Session | None, *, email: str = "lee@example.com", proof: str = "") -> TicketContext:
    ticket = opened(email=email)
    Ticket.objects.filter(pk=ticket.pk).update(session=session, proof=proof)
    ticket.refresh_from_db()
    return TicketContext(ticket, by=world.agent, now=NOW)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (State.DONE, "$5.00 is given back; credit note None."),
        (State.WAITING, "$5.00 waits for a second person to agree."),
        (State.SENDING, "$5.00 is on its way"),
        (State.CHECKING, "$5.00 is on its way"),
        (State.PARTLY, "Only a part of $5.00 went back"),
    ],
)
def test_what_became_of_a_refund_is_said(state: Refund.State, sentence: str):
    assert money_previews.result(Refund(state=state, total_minor=500, currency="USD")).startswith(sentence)


@pytest.mark.parametrize("state", REFUSED)
def test_one_that_the_processor_refused_is_no_success(state: Refund.State):
    with pytest.raises(NotPossibleError, match="refused the refund of"):
        money_previews.result(Refund(state=state, total_minor=500, currency="USD"))


@pytest.mark.django_db
def test_without_a_receipt_there_is_nothing_to_give_back(world: World):
    with pytest.raises(NotPossibleError, match="no receipt"):
        money_previews.receipt_of(case(world, None))

    assert money_previews.addresses(case(world, None)) == []


@pytest.mark.django_db
def test_documents_go_where_they_went_before_and_the_address_is_masked(world: World, paid: Session):
    [(address, shown)] = money_previews.addresses(case(world, paid))

    assert address == "kim@example.com"
    assert "kim@example.com" not in shown


@pytest.mark.django_db
def test_who_asks_gets_documents_once_the_session_is_proved_theirs(world: World, paid: Session):
    proved = money_previews.addresses(case(world, paid, proof=Ticket.Proof.CARD))

    assert [address for address, _ in proved] == ["kim@example.com", "lee@example.com"]
    assert dict(proved)["lee@example.com"] == "lee@example.com"


@pytest.mark.django_db
def test_one_address_stands_there_once(world: World, paid: Session):
    same = case(world, paid, email="kim@example.com", proof=Ticket.Proof.CARD)

    assert money_previews.addresses(same) == [("kim@example.com", "kim@example.com")]


@pytest.mark.django_db
def test_sending_again_names_the_document(world: World, paid: Session):
    receipt = paid.receipts.get()

    [sentence] = money_previews.resend(receipt, address="kim@example.com").says

    assert receipt.label in sentence
