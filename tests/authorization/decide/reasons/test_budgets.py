"""The reason about budgets: whose move it is, and where the host makes it."""

from authorization.decide.reasons.budgets import BUDGET_USED_UP
from authorization.decide.reasons.parts import JudgedBy, Remedy


def test_the_host_can_raise_it_and_the_driver_can_wait():
    assert BUDGET_USED_UP.remedies == (Remedy.HOST, Remedy.DRIVER)
    assert BUDGET_USED_UP.judged_by is JudgedBy.CHAIN
    assert {step.link for step in BUDGET_USED_UP.host.next_steps} == {
        "/authorization/tokens/?q={uid}",
        "/authorization/groups/",
    }


def test_the_guest_reads_when_the_card_charges_again():
    assert BUDGET_USED_UP.guest.next_steps[0].text == "On the first of next month your card charges again."
