"""People of a host: invited by a link for one use, given roles, taken out; outsiders who come for a while."""

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.test import Client

from authorization.models import AccessGrant, AuditEntry, Invitation, Membership, User
from authorization.people import members
from chargers.models import Property
from tests.kit.people_pages import let_in, text_of
from tests.kit.world import PASSWORD, World, make_user

pytestmark = pytest.mark.fresh_log_in
PEOPLE = "/people/sunset/"
NEW = "kim@example.com"
NEW_PASSWORD = "a battery of horses"


def invite(client: Client, email: str = NEW, role: str = "operator") -> str:
    """The path of the link, which the page shows this once."""
    response = client.post(f"{PEOPLE}invite/", {"email": email, "role": role})
    found = re.search(r"http://[^<\s]+(/invitation/[^<\s]+)", text_of(response))
    assert found, text_of(response)
    return found[1]


@pytest.mark.parametrize(
    ("person", "sees", "changes"),
    [("owner", 200, 200), ("teammate", 200, 404), ("stranger", 404, 404), ("agent", 200, 200)],
)
def test_it_is_seen_by_members_and_agents_and_changed_by_owners(world, client_of, person, sees, changes):
    client = client_of(getattr(world, person))
    membership = world.host.memberships.get(user=world.teammate)

    assert client.get(PEOPLE).status_code == sees
    for page in ("invite/", "outsiders/add/", f"members/{membership.pk}/"):
        assert client.get(PEOPLE + page).status_code == changes
    assert ("Invite somebody" in text_of(client.get(PEOPLE))) is (changes == 200)


def test_it_answers_a_foreign_and_an_absent_host_alike(world, client_of):
    client = client_of(world.stranger)

    assert client.get(PEOPLE).content == client.get("/people/nobody/").content


def test_it_leads_to_the_only_host_and_lets_agents_pick(world, client_of):
    assert client_of(world.owner).get("/people/").headers["Location"] == PEOPLE
    text = text_of(client_of(world.agent).get("/people/"))
    assert "Sunset Stays" in text
    assert "Lakeside Lofts" in text


def test_it_tells_somebody_without_a_host_why_nothing_is_here(world, client_of):
    nobody = User.objects.create(email="nobody@example.com")

    assert "You are not a member of any host" in text_of(client_of(nobody).get("/people/"))


def test_it_invites_somebody_new_who_sets_a_password_and_is_in(world: World, client_of):
    link = invite(client_of(world.owner))
    visitor = Client()

    assert "Choose a password" in text_of(visitor.get(link))
    assert text_of(visitor.get(link))  # opening it uses nothing
    joined = visitor.post(link, {"password": NEW_PASSWORD}, follow=True)

    assert joined.status_code == 200
    member = Membership.objects.get(user__email=NEW)
    assert (member.host, member.role) == (world.host, "operator")
    assert visitor.get("/chargers/CP1/").status_code == 200
    assert Client().login(username=NEW, password=NEW_PASSWORD)
    again = Client().post(link, {"password": "another long password"})
    assert again.status_code == 404
    assert "no longer works" in text_of(again)
    assert not Client().login(username=NEW, password="another long password")
    made, taken = AuditEntry.objects.order_by("id")
    assert (made.verb, made.user, made.after["role"]) == ("invitation.made", world.owner, "operator")
    assert (taken.verb, taken.user, taken.host) == ("invitation.taken", member.user, world.host)
    page = text_of(client_of(world.owner).get(PEOPLE))
    assert f"invited {NEW} as operator" in page
    assert "joined as operator" in page


def test_pressing_join_twice_leads_both_times_to_the_same_page(world: World, client_of):
    """Both forms were sent before the first answer came, so that the second has no log-in either."""
    link = invite(client_of(world.owner))

    first, second = (Client().post(link, {"password": NEW_PASSWORD}, follow=True) for _ in range(2))

    assert first.redirect_chain == second.redirect_chain
    assert "Welcome to Sunset Stays." in text_of(second)
    assert AuditEntry.objects.filter(verb="invitation.taken").count() == 1
    User.objects.filter(email=NEW).update(last_login=None)
    Invitation.objects.update(used_at=datetime.now(tz=UTC) - timedelta(minutes=2))
    late = Client().post(link, {"password": NEW_PASSWORD})
    assert late.status_code == 404, "later the link is no way to log in"


@pytest.mark.parametrize("seen_before", [("find",), ("find", "account")])
def test_the_second_press_finds_the_link_used_while_it_waited(world: World, client_of, monkeypatch, seen_before):
    """What the second request had read when the first one was through."""
    link = invite(client_of(world.owner))
    found = members.find(link.split("/")[-2], now=datetime.now(tz=UTC))
    Client().post(link, {"password": NEW_PASSWORD})
    for name, answer in {"find": lambda secret, now: found, "account": lambda invitation: None}.items():
        if name in seen_before:
            monkeypatch.setattr(members, name, answer)

    second = Client().post(link, {"password": NEW_PASSWORD}, follow=True)

    assert "Welcome to Sunset Stays." in text_of(second)


def test_somebody_with_an_account_may_press_join_twice(world: World, client_of):
    link = invite(client_of(world.owner), email=world.stranger.email)
    theirs = client_of(world.stranger)

    assert theirs.post(link).headers["Location"] == "/"
    assert theirs.post(link).headers["Location"] == "/"
    assert client_of(world.teammate).post(link).status_code == 404
    assert Client().post(link, {"password": PASSWORD}).status_code == 404, "the link asks for no second factor"
    Membership.objects.get(user=world.stranger, host=world.host).delete()
    assert theirs.get(link).status_code == 404


def test_it_sends_the_link_and_stores_it_nowhere(world, client_of, settings):
    settings.EMAIL_URL = "smtp://mail.example:25"
    response = client_of(world.owner).post(f"{PEOPLE}invite/", {"email": "Kim@Example.com", "role": "finance"})

    [letter] = mail.outbox
    assert letter.to == [NEW]
    link = re.search(r"http://\S+/invitation/\S+/", letter.body)[0]
    assert link in text_of(response)
    assert "Sent to kim@example.com" in text_of(response)
    secret = link.rstrip("/").rpartition("/")[2]
    invitation = Invitation.objects.get()
    assert secret not in (invitation.secret_hash, str(AuditEntry.objects.get().after))
    assert secret not in text_of(client_of(world.owner).get(PEOPLE))
    assert response.headers["Cache-Control"].startswith("max-age=0, no-cache, no-store")


def test_it_says_when_mails_are_not_set_up(world, client_of):
    response = client_of(world.owner).post(f"{PEOPLE}invite/", {"email": NEW, "role": "finance"})

    assert "This installation has no mail server: each mail is a file where it runs" in text_of(response)


def test_it_says_when_the_mail_server_does_not_take_it(world, client_of, settings):
    settings.EMAIL_URL, settings.EMAIL_PORT = "smtp://127.0.0.1:1", 1
    settings.EMAIL_BACKEND = f"{__name__}.DeadServer"

    assert "could not be sent" in text_of(
        client_of(world.owner).post(f"{PEOPLE}invite/", {"email": NEW, "role": "finance"})
    )
    assert Invitation.objects.exists()


class DeadServer:
    """A mail server that nobody answers at."""

    def __init__(self, **_: object) -> None:
        pass

    def send_messages(self, _messages: object) -> int:
        raise ConnectionRefusedError


@pytest.mark.parametrize("password", ["short", "password1234"])
def test_it_takes_no_weak_password_and_leaves_the_link_open(world, client_of, password):
    link = invite(client_of(world.owner))

    refused = Client().post(link, {"password": password})

    assert refused.status_code == 200
    assert "errorlist" in text_of(refused)
    assert not Membership.objects.filter(user__email=NEW).exists()
    assert Client().post(link, {"password": NEW_PASSWORD}).status_code == 302


def test_it_lets_somebody_with_an_account_join_only_when_logged_in(world: World, client_of):
    link = invite(client_of(world.owner), world.stranger.email, "finance")
    anybody, theirs = Client(), client_of(world.stranger)

    assert "Log in to join" in text_of(anybody.get(link))
    assert anybody.post(link, {"password": NEW_PASSWORD}).status_code == 200
    assert not world.host.memberships.filter(user=world.stranger).exists()
    assert "Log out first" in text_of(client_of(world.teammate).get(link))
    theirs.post(link)

    assert world.host.memberships.get(user=world.stranger).role == "finance"
    assert Client().login(username=world.stranger.email, password=PASSWORD)


def test_it_never_sets_the_password_of_an_agent(world: World, client_of):
    User.objects.create_user("agent2@example.com", None, is_agent=True)
    link = invite(client_of(world.owner), "agent2@example.com")

    Client().post(link, {"password": NEW_PASSWORD})

    assert not User.objects.get(email="agent2@example.com").has_usable_password()


def test_a_new_link_to_the_same_address_ends_the_old_one(world, client_of):
    client = client_of(world.owner)
    first, second = invite(client), invite(client)

    assert Client().get(first).status_code == 404
    assert Client().get(second).status_code == 200


def test_a_link_ends_after_its_days_and_when_it_is_withdrawn(world, client_of):
    client = client_of(world.owner)
    late, withdrawn = invite(client, "late@example.com"), invite(client)
    Invitation.objects.filter(email="late@example.com").update(expires_at=datetime.now(tz=UTC))
    client.post(f"{PEOPLE}invitations/{Invitation.objects.get(email=NEW).pk}/withdraw/")

    assert Client().get(late).status_code == Client().get(withdrawn).status_code == 404
    assert AuditEntry.objects.filter(verb="invitation.withdrawn", user=world.owner).count() == 1
    assert Client().get("/invitation/nobody-has-this/").status_code == 404


def test_it_invites_no_member(world, client_of):
    response = client_of(world.owner).post(f"{PEOPLE}invite/", {"email": world.teammate.email, "role": "manager"})

    assert "belongs to Sunset Stays already" in text_of(response)
    assert not Invitation.objects.exists()


def test_it_changes_a_role_with_its_reason(world: World, client_of):
    membership = world.host.memberships.get(user=world.teammate)
    said = {"do": "change", "role": "manager", "reason": "Runs the house now"}

    client_of(world.owner).post(f"{PEOPLE}members/{membership.pk}/", said)

    membership.refresh_from_db()
    assert membership.role == "manager"
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.before, entry.after) == (
        "membership.changed",
        {"role": "read_only"},
        {"role": "manager"},
    )
    assert entry.reason == "Runs the house now"
    assert client_of(world.teammate).post("/properties/sunset-1/", {"access": "guest"}).status_code == 302


def test_it_takes_somebody_out_at_once(world: World, client_of):
    client = client_of(world.teammate)
    membership = world.host.memberships.get(user=world.teammate)
    assert client.get("/chargers/CP1/").status_code == 200

    client_of(world.owner).post(f"{PEOPLE}members/{membership.pk}/", {"do": "remove", "reason": "Left"})

    assert client.get("/chargers/CP1/").status_code == 404
    assert AuditEntry.objects.get().verb == "membership.removed"
    assert "took out teammate@example.com (was read only): <span" in text_of(client_of(world.owner).get(PEOPLE))


def test_it_lets_an_installer_in_to_one_charger_for_14_days(world: World, client_of):
    link = re.search(r"(/invitation/[^<\s]+)", text_of(let_in(client_of(world.owner))))[1]
    visitor = Client()
    visitor.post(link, {"password": NEW_PASSWORD})

    grant = AccessGrant.objects.get()
    assert (grant.charger, grant.role, grant.granted_by, grant.reason) == (
        world.charger,
        "installer",
        world.owner,
        "Ticket 7",
    )
    assert grant.ends_at - grant.granted_at == timedelta(days=14)
    assert visitor.get("/chargers/CP1/").status_code == 200
    assert visitor.get(PEOPLE).status_code == 404
    page = text_of(client_of(world.owner).get(PEOPLE))
    assert "let in kim@example.com as installer for charger SUN001" in page

    AccessGrant.objects.update(granted_at=grant.granted_at - timedelta(days=15), ends_at=grant.granted_at)
    assert visitor.get("/chargers/CP1/").status_code == 404


def test_it_lets_support_in_for_7_days_with_the_account_that_they_have(world: World, client_of):
    response = let_in(client_of(world.owner), world.stranger.email, kind="support", place="all")

    assert response.status_code == 200
    grant = AccessGrant.objects.get()
    assert grant.ends_at - grant.granted_at == timedelta(days=7)
    assert client_of(world.stranger).get("/chargers/CP1/").status_code == 200
    assert client_of(world.stranger).get("/sessions/").status_code == 200


def test_it_does_not_tell_a_host_who_has_an_account_or_is_an_agent(world: World, client_of):
    owner = client_of(world.owner)
    emails = [NEW, world.stranger.email, world.agent.email]

    pages = [text_of(let_in(owner, email, kind="support", place="all")) for email in emails]
    listed = [text_of(owner.get(PEOPLE)).count(email) for email in emails]

    shown = [
        re.sub(r"/invitation/[^<]+", "", page.replace(email, "?")) for page, email in zip(pages, emails, strict=True)
    ]
    shown = [re.sub(r"[\w-]{60,}", "", page) for page in shown]
    assert shown[1:] == shown[:1] * 2
    assert len(set(listed)) == 1


def test_it_extends_a_grant_from_now_on_and_ends_it_at_once(world: World, client_of):
    owner, helper = client_of(world.owner), client_of(world.stranger)
    let_in(owner, world.stranger.email)
    grant = AccessGrant.objects.get()
    AccessGrant.objects.update(ends_at=grant.granted_at + timedelta(days=1))

    owner.post(f"{PEOPLE}outsiders/{grant.pk}/", {"do": "extend"})
    owner.post(f"{PEOPLE}outsiders/{grant.pk}/", {"do": "extend"})

    extended = AccessGrant.objects.get().ends_at - datetime.now(tz=UTC)
    assert timedelta(days=13, hours=23) < extended <= timedelta(days=14)
    owner.post(f"{PEOPLE}outsiders/{grant.pk}/", {"do": "end"})
    assert helper.get("/chargers/CP1/").status_code == 404
    owner.post(f"{PEOPLE}outsiders/{grant.pk}/", {"do": "extend"})
    assert helper.get("/chargers/CP1/").status_code == 404
    verbs = list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))
    assert verbs == ["access_grant.made", "access_grant.extended", "access_grant.extended", "access_grant.ended"]


def test_it_lets_in_no_member(world: World, client_of):
    owner = client_of(world.owner)

    assert "sees all of it already" in text_of(let_in(owner, world.teammate.email))
    assert not AccessGrant.objects.exists()


def test_nobody_but_owners_and_agents_changes_anything(world: World, client_of):
    owner = client_of(world.owner)
    invite(owner)
    let_in(owner, world.stranger.email)
    membership, grant = world.host.memberships.get(user=world.owner), AccessGrant.objects.get()
    acts = {
        f"{PEOPLE}invite/": {"email": "x@example.com", "role": "owner"},
        f"{PEOPLE}invitations/{Invitation.objects.earliest('pk').pk}/withdraw/": {},
        f"{PEOPLE}members/{membership.pk}/": {"do": "remove"},
        f"{PEOPLE}outsiders/add/": {"email": "x@example.com", "kind": "support", "place": "all", "reason": "x"},
        f"{PEOPLE}outsiders/{grant.pk}/": {"do": "end"},
    }
    before = AuditEntry.objects.count()

    for person in (world.teammate, world.stranger, make_user("m@example.com", world.host, "manager")):
        assert {client_of(person).post(path, said).status_code for path, said in acts.items()} == {404}

    assert AuditEntry.objects.count() == before


def test_it_lets_somebody_in_to_several_properties_until_a_day_of_the_hosts_choice(world, client_of):
    other = Property.objects.create(host=world.host, slug="sunset-2", name="Sunset 2", time_zone="America/New_York")
    day = (datetime.now(tz=UTC) + timedelta(days=40)).date()
    said = {"email": NEW, "kind": "support", "reason": "Audit", "until": f"{day:%Y-%m-%d}"}

    answer = client_of(world.owner).post(
        f"{PEOPLE}outsiders/add/", said | {"place": ["property:sunset-1", "property:sunset-2"]}
    )

    assert "/invitation/" in text_of(answer)
    grants = AccessGrant.objects.filter(user__email=NEW)
    assert {grant.property for grant in grants} == {world.site, other}
    midnight = datetime.combine(day + timedelta(days=1), time(), tzinfo=ZoneInfo("America/New_York"))
    assert {grant.ends_at for grant in grants} == {midnight}
    assert Invitation.objects.filter(email=NEW, withdrawn_at=None).count() == 1


@pytest.mark.parametrize("days", [-1, 400])
def test_temporary_access_ends_within_a_year_from_today_on(days, world, client_of):
    day = (datetime.now(tz=ZoneInfo("America/New_York")) + timedelta(days=days)).date()
    said = {"email": NEW, "kind": "support", "place": "all", "reason": "x", "until": f"{day:%Y-%m-%d}"}

    page = text_of(client_of(world.owner).post(f"{PEOPLE}outsiders/add/", said))

    assert "Choose a day from today on, within a year." in page
    assert not AccessGrant.objects.exists()


@pytest.mark.parametrize("said", [{"do": "remove", "reason": "Mine now"}, {"do": "change", "role": "read_only"}])
def test_a_new_owner_ousts_no_earlier_one_for_a_week(world: World, client_of, said):
    newcomer = make_user("new@example.com", world.host, "owner")
    founder = world.host.memberships.get(user=world.owner)
    address = f"{PEOPLE}members/{founder.pk}/"
    since = datetime.now(tz=UTC) - timedelta(days=6)
    newcomer.memberships.update(role_since=since)

    page = text_of(client_of(newcomer).post(address, said))

    assert "owner@example.com was an owner of Sunset Stays before you" in page
    there = (since + timedelta(days=7)).astimezone(ZoneInfo("America/New_York"))
    assert f"from {there:%-d %B %Y, %H:%M %Z}, 7 days after you became an owner" in page
    assert "an agent can do it" in page
    founder.refresh_from_db()
    assert founder.role == "owner"
    assert not AuditEntry.objects.exists()

    newcomer.memberships.update(role_since=since - timedelta(days=1))
    client_of(newcomer).post(address, said)
    assert not world.host.memberships.filter(pk=founder.pk, role="owner").exists()
