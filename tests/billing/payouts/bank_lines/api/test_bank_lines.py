"""Bank statements, lines, differences, bank accounts, onboarding and agreements by API."""

import base64
from datetime import UTC, date, datetime

import pytest

from billing.models import BankLine, Clearing, HomeInvoice
from billing.payouts.bank_lines.acts import bank_lines as acts
from billing.payouts.bank_lines.matches import NotPossibleError
from tests.kit.bank_lines import Line, brought, by_file, content, get
from tests.kit.bank_lines_api import known
from tests.kit.callers import Callers
from tests.kit.payouts import IBAN, Books
from tests.kit.world import World

__all__ = ["known"]
pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)


def file(*lines: Line) -> dict[str, str]:
    return {"name": "lines.csv", "content": base64.b64encode(content(*lines)).decode()}


def test_a_statement_is_imported_and_its_lines_are_matched_and_listed(callers: Callers, known: Books):
    payout = by_file(known, 1000)

    made = callers.agent.post("bank-imports/", file(Line(amount="-10.00", reference=payout.trace), Line(amount="7.00")))
    again = callers.agent.post("bank-imports/", file(Line(amount="7.00")))

    assert (made.status_code, made.json()["lines"], made.json()["host"]) == (201, 2, None)
    assert (again.status_code, again.json()["id"], again.json()["doubled"]) == (200, 0, 1)
    [line] = callers.agent.get("bank-lines/", match="matched").json()["results"]
    assert line["payouts"] == [str(payout.pk)]
    [other] = callers.agent.get("bank-lines/", match="unmatched", host="platform").json()["results"]
    assert (other["kind"], other["amount_minor"]) == ("no_payout", 700)
    assert other["next_step"] == "Say what it was: nothing that is still open comes to its amount."
    assert [one["id"] for one in callers.agent.get("bank-imports/").json()["results"]] == [made.json()["id"]]


@pytest.mark.parametrize(
    ("body", "path", "message"),
    [
        ({"content": "*"}, "content", "This is no base64."),
        ({"content": base64.b64encode(b"%PDF-1.7").decode()}, "content", "This is a PDF"),
        (
            {"content": base64.b64encode(b"Date,Amount,Currency\n03/04/2026,-12.50,EUR\n").decode()},
            "columns.date_order", "One of “dmy”, “mdy”.",
        ),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_imported_says_why(callers: Callers, known: Books, body, path, message):
    answer = callers.agent.post("bank-imports/", body)

    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert error["path"] == path
    assert message in error["message"]


@pytest.mark.parametrize("columns", [{"nonsense": "x"}, {"delimiter": "x"}, {"date_order": "soon"}, {"decimal": "?"}])
def test_an_answer_that_means_nothing_is_refused(callers: Callers, known: Books, columns):
    body = {"content": base64.b64encode(b"Date,Amount,Currency\n03/04/2026,-12.50,EUR\n").decode()}

    answer = callers.agent.post("bank-imports/", body | {"columns": columns})

    assert answer.status_code == 400
    assert "There is no such setting of columns" in answer.json()["detail"]


def test_what_a_csv_leaves_open_is_answered_with_the_file(callers: Callers, known: Books):
    body = {"content": base64.b64encode(b"Date,Amount,Currency\n03/04/2026,-12.50,EUR\n").decode()}

    assert callers.agent.post("bank-imports/", body | {"columns": {"date_order": "dmy"}}).status_code == 201
    assert f"{BankLine.objects.get().booked_on}" == "2026-04-03"


def test_a_match_is_undone_made_by_hand_and_refused_where_it_cannot_be(callers: Callers, known: Books):
    payout = by_file(known, 1000)
    [line] = brought(Line(amount="-10.00", reference=payout.trace))
    at = f"bank-lines/{line.pk}/"

    undone = callers.agent.post(f"{at}undo/", {"reason": "Another payment."})
    twice = callers.agent.post(f"{at}undo/", {"reason": "Another payment."})
    matched = callers.agent.post(f"{at}match/", {"payouts": [str(payout.pk)]})
    answered = callers.agent.post(f"{at}answer/", {"reason": "The rent."})

    assert (undone.status_code, undone.json()["kind"], undone.json()["match"]) == (200, "undone", "ambiguous")
    assert "somebody took its match back before" in twice.json()["detail"]
    assert (matched.json()["match"], get(payout).state) == ("matched", "paid")
    assert answered.status_code == 400


def test_a_hosts_key_sees_and_acts_on_its_own_lines_only(callers: Callers, known: Books, world: World):
    [ours] = brought(Line(amount="-10.00"))
    [theirs] = brought(Line(amount="12.00"), host=world.host)

    assert [one["id"] for one in callers.owner.get("bank-lines/").json()["results"]] == [theirs.pk]
    assert callers.owner.get(f"bank-lines/{ours.pk}/").status_code == 404
    assert callers.owner.post(f"bank-lines/{ours.pk}/answer/", {"reason": "x"}).status_code == 404
    assert callers.owner.get("bank-lines/", host="platform").status_code == 400
    assert callers.owner.post(f"bank-lines/{theirs.pk}/answer/", {"reason": "Rent."}).json()["match"] == "answered"
    assert callers.stranger.get(f"bank-lines/{theirs.pk}/").status_code == 404
    imported = callers.owner.post("bank-imports/", file(Line(amount="1.00", account=IBAN)))
    assert (imported.status_code, imported.json()["host"]) == (201, "sunset")


def test_agents_post_a_line_to_an_account_and_take_it_back(callers: Callers, known: Books):
    small, large = brought(Line(amount="7.00"), Line(amount="90000.00"))
    said = {"host": "sunset", "account": "platform_revenue", "reason": "A deposit."}

    posted = callers.agent.post(f"bank-lines/{small.pk}/post/", said)
    waits = callers.agent.post(f"bank-lines/{large.pk}/post/", said)
    wrong = callers.agent.post(f"bank-lines/{large.pk}/post/", said | {"account": "tax_payable"})
    undone = callers.agent.post(f"bank-lines/{small.pk}/undo/", {"reason": "The host's."})

    assert (posted.status_code, posted.json()["match"]) == (200, "answered")
    assert posted.json()["posting"] == {"account": "platform_revenue", "host": "sunset", "state": "posted"}
    assert (waits.json()["match"], waits.json()["posting"]["state"]) == ("unmatched", "waiting")
    assert wrong.status_code == 400
    assert (undone.json()["match"], undone.json()["posting"]) == ("ambiguous", None)
    assert callers.owner.post(f"bank-lines/{small.pk}/post/", said).status_code == 404


def test_the_person_behind_a_key_does_not_agree_to_its_posting(callers: Callers, known: Books, world: World):
    [line] = brought(Line(amount="90000.00"))
    said = {"host": "sunset", "account": "platform_revenue", "reason": "A deposit."}
    callers.agent.post(f"bank-lines/{line.pk}/post/", said)

    with pytest.raises(NotPossibleError, match="a second person has to agree"):
        acts.answer_clearing(Clearing.objects.get(), approves=True, by=world.agent, now=NOW)


def test_a_line_is_matched_to_home_charging_by_its_number(callers: Callers, known: Books, world: World):
    HomeInvoice.objects.create(
        host=world.host,
        employer="Acme",
        month=date(2026, 3, 1),
        series="H2026",
        number=1,
        currency="EUR",
        total_minor=310,
        energy_wh=10_000,
        issued_at=NOW,
    )
    [line] = brought(Line(amount="3.10", text="Acme"))

    unknown = callers.agent.post(f"bank-lines/{line.pk}/match/", {"home_charging": "H2026-000002"})
    matched = callers.agent.post(f"bank-lines/{line.pk}/match/", {"home_charging": "H2026-000001"})

    assert unknown.status_code == 400
    assert (matched.json()["match"], matched.json()["home_charging"]) == ("matched", ["H2026-000001"])
