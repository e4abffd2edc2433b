"""A reimbursement contract: added, changed, linked to a charger, ended."""

from datetime import UTC, date, datetime, timedelta

from authorization.models import AuditEntry, ReimbursementContract
from tests.kit.reimbursement_pages import asked, contract_of, home, said
from tests.kit.world import World

__all__ = ["home"]
PAGE = "/authorization/reimbursement/"
ADD = f"{PAGE}add/"
UID = "04FFEE0042"
TODAY = datetime.now(tz=UTC).date()
YESTERDAY = datetime.now(tz=UTC) - timedelta(days=1)


def test_it_keeps_earlier_rates_when_a_new_one_begins(world: World, home, client_of):
    client = client_of(world.owner)
    client.post(ADD, said(home))
    made = ReimbursementContract.objects.get()

    client.post(f"{PAGE}{made.pk}/", said(home, world.charger, per_kwh="0.35", rate_from=TODAY, cap=""))

    assert [(rate.from_date, str(rate.per_kwh)) for rate in made.rates.order_by("from_date")] == [
        (TODAY - timedelta(days=2), "0.31000"),
        (TODAY, "0.35000"),
    ]
    made.refresh_from_db()
    assert made.monthly_cap_minor is None
    assert made.chargers.count() == 2
    assert AuditEntry.objects.filter(verb="reimbursement.changed").count() == 1


def test_the_last_day_counts_to_its_end(world: World, home, client_of):
    client = client_of(world.owner)
    client.post(ADD, said(home, ends_on=date(2030, 6, 30)))
    made = ReimbursementContract.objects.get()

    assert made.active_to == datetime(2030, 7, 1, 4, tzinfo=UTC)  # midnight in New York
    assert client.get(f"{PAGE}{made.pk}/").context["form"].initial["ends_on"] == date(2030, 6, 30)


def test_it_ends_a_contract_at_once(world: World, home, client_of):
    made = contract_of(world, home)
    client = client_of(world.owner)

    client.post(f"{PAGE}{made.pk}/end/")
    client.post(f"{PAGE}{made.pk}/end/")

    assert asked(home).reason == "reimbursement_not_linked"
    assert AuditEntry.objects.filter(verb="reimbursement.ended").count() == 1
