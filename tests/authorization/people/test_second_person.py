"""Two people are two accounts: whoever changes an address, makes a puppet, or uses a key is still one."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError

from authorization.accounts import acts as accounts
from authorization.accounts import addresses
from authorization.members.acts import people
from authorization.models import ApiKey, Membership, User
from authorization.people import second_person
from authorization.people.second_person import First
from billing.models import BankAccount
from billing.payouts.payees import acts as payee_act_acts
from billing.payouts.payees.agreements import Scope
from billing.payouts.payees.bank_accounts import BankDetails, NotPossibleError
from tests.kit.world import LONG_AGO, World, make_user

pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)
IBAN, OTHER = "DE89370400440532013000", "NL91ABNA0417164300"


def entered(world: World, *, iban: str = IBAN, by: User | None = None, now: datetime = NOW) -> BankAccount:
    scope = Scope(host=world.host, currency="USD")
    return payee_act_acts.enter_account(scope, BankDetails(holder="Sunset", iban=iban), by=by or world.owner, now=now)


def move_address(user: User, new: str, *, now: datetime) -> User:
    return accounts.confirm_address(addresses.read(addresses.link_secret(user, new=new)), now=now)


def test_who_changes_the_address_by_its_link_is_still_the_one_who_entered_it(world: World):
    account = entered(world)
    same = move_address(world.owner, "another@example.com", now=NOW)

    for later in (timedelta(0), timedelta(days=8)):
        with pytest.raises(NotPossibleError, match="You entered this account: a second person has to agree"):
            payee_act_acts.confirm_account(account, by=same, now=NOW + later)
    account.refresh_from_db()
    assert account.state == "unconfirmed"


def test_nobody_confirms_within_a_week_of_changing_their_address(world: World):
    finance = make_user("finance@example.com", world.host, "finance")
    finance = move_address(finance, "attacker@example.com", now=NOW - timedelta(days=1))
    account = entered(world)

    with pytest.raises(NotPossibleError, match="Your e-mail address has changed: you can agree from"):
        payee_act_acts.confirm_account(account, by=finance, now=NOW)
    assert (
        payee_act_acts.confirm_account(account, by=finance, now=NOW + timedelta(days=6, minutes=1)).state == "confirmed"
    )


def test_confirming_the_same_address_anew_is_no_change(world: World):
    finance = make_user("finance@example.com", world.host, "finance")
    finance = move_address(finance, "finance@example.com", now=NOW)

    assert payee_act_acts.confirm_account(entered(world), by=finance, now=NOW).confirmed_person == finance


def test_a_puppet_who_became_an_owner_after_it_was_entered_confirms_nothing(world: World):
    account = entered(world)
    puppet = User.objects.create(email="puppet@example.com")
    Membership.objects.create(user=puppet, host=world.host, role="owner", role_since=NOW + timedelta(minutes=1))

    with pytest.raises(
        NotPossibleError, match=r"You have had your role since .* E[SD]T: somebody who had it before has to agree"
    ):
        payee_act_acts.confirm_account(account, by=puppet, now=NOW + timedelta(minutes=2))


def test_when_somebody_got_a_role_is_said_by_the_clock_of_the_host(world: World):
    account = entered(world)
    puppet = User.objects.create(email="puppet@example.com")
    since = NOW.replace(month=7, day=12, hour=3, minute=30) + timedelta(days=366)
    Membership.objects.create(user=puppet, host=world.host, role="owner", role_since=since)
    there = f"{since.astimezone(ZoneInfo('America/New_York')):%-d %B %Y, 23:30 EDT}"

    with pytest.raises(NotPossibleError, match=f"You have had your role since {there}:"):
        payee_act_acts.confirm_account(account, by=puppet, now=since + timedelta(minutes=2))


def test_a_member_who_was_promoted_after_it_was_entered_confirms_nothing(world: World):
    account = entered(world)
    member = world.teammate.memberships.get()
    assert member.role_since == LONG_AGO
    people.change_role(member, role="finance", reason="", by=world.owner, now=NOW + timedelta(minutes=1))

    with pytest.raises(
        NotPossibleError, match=r"You have had your role since .* E[SD]T: somebody who had it before has to agree"
    ):
        payee_act_acts.confirm_account(account, by=world.teammate, now=NOW + timedelta(minutes=2))


def test_where_money_goes_elsewhere_a_puppet_made_minutes_before_confirms_nothing(world: World):
    finance = make_user("finance@example.com", world.host, "finance")
    payee_act_acts.confirm_account(
        entered(world, now=NOW - timedelta(days=30)), by=finance, now=NOW - timedelta(days=30)
    )
    puppet = User.objects.create(email="puppet@example.com")
    Membership.objects.create(user=puppet, host=world.host, role="owner", role_since=NOW - timedelta(minutes=1))
    account = entered(world, iban=OTHER)

    with pytest.raises(NotPossibleError, match="somebody who had it for 3 days before has to agree"):
        payee_act_acts.confirm_account(account, by=puppet, now=NOW)
    assert payee_act_acts.confirm_account(account, by=finance, now=NOW).state == "confirmed"


def test_the_database_takes_no_account_that_one_person_entered_and_confirmed(world: World):
    account = entered(world)
    with pytest.raises(IntegrityError, match="bankaccount_two_accounts"):
        BankAccount.objects.filter(pk=account.pk).update(confirmed_person=world.owner)


@pytest.mark.parametrize("maker", ["owner", None])
def test_a_key_is_its_maker_and_without_one_every_owner(world: World, maker: str | None):
    person = world.owner if maker else None
    key, _ = ApiKey.objects.create_key(name="till", host=world.host, made_by=person)
    first = First(f"api:{key.prefix}", person.pk if person else None, world.host.pk, NOW)
    finance = make_user("finance@example.com", world.host, "finance")

    assert "An API key that acts for you" in second_person.why_not(world.owner, first, did="asked", now=NOW)
    assert second_person.why_not(finance, first, did="asked", now=NOW) == ""
