"""Rates: the editor, its preview by the real engine, and who pays what where."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import AuditEntry
from billing.models import Rate, RateVersion
from billing.pricing.rates import catalogue, resolver
from billing.pricing.rates.resolver import Payer
from billing.pricing.rates.views import rates as editor
from chargers.models import Charger, Connector, Host, Property
from tests.kit import charging
from tests.kit.rates_pages import EVERYTHING, TYPED, post, priced, rate
from tests.kit.world import make_charger

__all__ = ["priced", "rate"]


@pytest.mark.parametrize(("who", "sees"), [("owner", True), ("teammate", True), ("stranger", False), ("agent", True)])
def test_it_is_seen_by_its_host_and_by_agents_only(priced, rate, client_of, who, sees):
    client = client_of(getattr(priced, who))

    assert ("Plain" in client.get("/rates/").content.decode()) is sees
    assert client.get(f"/rates/{rate.pk}/").status_code == (200 if sees else 404)


@pytest.mark.parametrize(("who", "status"), [("owner", 302), ("teammate", 404), ("stranger", 404), ("agent", 302)])
@pytest.mark.parametrize("act", ["", "assign/", "unassign/"])
def test_it_is_changed_by_managers_and_agents_only(priced, rate, client_of, who, status, act):
    typed = TYPED | {"connection_fee": "2.00", "property": "sunset-1", "audience": "roaming"}

    response = client_of(getattr(priced, who)).post(f"/rates/{rate.pk}/{act}", typed)

    assert response.status_code == status
    assert RateVersion.objects.count() == (2 if status == 302 and not act else 1)


def test_a_rate_without_an_idle_fee_is_saved_with_the_grace_that_the_form_is_filled_with(world, client_of):
    client = client_of(world.owner)
    page = client.get("/rates/add/").text
    assert 'name="idle.grace_min" value="10"' in page

    typed = {"name": "Simple", "energy.0.name": "all day", "energy.0.price": "0.40", "idle.grace_min": "10"}
    answer = client.post("/rates/add/", typed | {"tax.mode": "exclusive", "tax.of": "property", "do": "save"})

    assert answer.status_code == 302
    assert "idle" not in RateVersion.objects.get().definition


def test_the_first_screen_is_name_price_tax_and_idle_fee_and_the_rest_unfolds(rate, client_of, world):
    page = client_of(world.owner).get("/rates/add/").text
    shown = re.sub(
        r"<details(?! [^>]*open).*?</details>",
        "",
        re.sub(r"<details class=.fee-hours.*?</details>", "", page, flags=re.S),
        flags=re.S,
    )
    names = re.findall(r'<(?:input|select)[^>]* name="([a-z._0-9]+)"', shown[: shown.index('aria-label="Preview"')])

    assert [name for name in names if not name.startswith(("tax.rates", "search"))][-9:] == [
        "name", "currency", "energy.0.name", "energy.0.price", "tax.of", "tax.mode", "idle.per_min", "idle.grace_min",
        "idle.cap",
    ]  # fmt: skip
    assert '<details class="panel" open>' in client_of(world.owner).get(f"/rates/{rate.pk}/").text, "it has a fee"


@pytest.mark.parametrize(("country", "mode"), [("NL", "inclusive"), ("US", "exclusive")])
def test_a_new_rate_begins_as_the_country_states_prices(world, client_of, country, mode):
    Host.objects.filter(pk=world.host.pk).update(country=country)

    page = client_of(world.owner).get("/rates/add/").text

    assert f'<option value="{mode}" selected>' in page
    assert '<option value="property" selected>' in page


def test_that_prices_include_the_tax_is_kept_before_any_percentage_is_stated(world, client_of):
    client = client_of(world.owner)
    typed = {"name": "Simple", "energy.0.name": "all day", "energy.0.price": "0.40"}
    client.post("/rates/add/", typed | {"tax.mode": "inclusive", "tax.of": "", "do": "save"})

    page = client.get(f"/rates/{Rate.objects.get().pk}/").text

    assert '<option value="inclusive" selected>' in page


def test_a_version_has_one_date_on_every_page(priced, rate, client_of):
    begins = datetime(2026, 3, 1, 5, tzinfo=UTC)
    RateVersion.objects.update(valid_from=begins, created_at=begins - timedelta(days=9))
    session = charging.guest(priced.charger)
    client = client_of(priced.owner)

    pages = [client.get(one).text for one in ("/rates/", f"/rates/{rate.pk}/", f"/sessions/{session.pk}/")]

    assert all("1 Mar 2026" in page for page in pages)
    assert not any("20 Feb 2026" in page for page in pages)


@pytest.mark.parametrize(("who", "status"), [("owner", 200), ("teammate", 404), ("stranger", 200), ("agent", 200)])
def test_it_is_added_by_who_manages_a_host(priced, client_of, who, status):
    assert client_of(getattr(priced, who)).get("/rates/add/").status_code == status


def test_it_shows_a_teammate_no_way_to_save(priced, rate, client_of):
    text = client_of(priced.teammate).get(f"/rates/{rate.pk}/").content.decode()

    assert 'value="save"' not in text
    assert "Only an owner or manager of Sunset Stays can change this." in text


def test_saving_a_planned_version_untouched_does_not_put_it_in_force_today(priced, rate, client_of):
    client = client_of(priced.owner)
    post(client, rate, connection_fee="2.00", valid_from="2030-03-10T12:00")
    assert RateVersion.objects.count() == 2

    answer = client.post(f"/rates/{rate.pk}/", TYPED | {"connection_fee": "2.00", "based_on": "2"}, follow=True)

    assert "a planned version says the same" in answer.content.decode()
    assert RateVersion.objects.count() == 2


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"energy.0.price": "40"}, "“Price per kWh, the highest” is 100 times the last version's: 0.4 USD becomes 40"),
        ({"connection_fee": "0.01"}, "“Connection fee” is 100 times below the last version's: 1 USD becomes 0.01 USD."),
        ({"processing_pct": "99"}, "“Processing, of the amount (%)” is 99 %."),
        ({"time.price": "500", "time.per": "hour"}, "“Price for charging time, an hour” is 500 USD. More than 60 USD"),
        ({"time.price": "5", "time.per": "minute"}, "“Price for charging time, an hour” is 300 USD."),
        ({"time.price": "1", "time.cap": "600"}, "“Charging time, at most” is 600 USD."),
        ({"connection_fee": "21"}, "“Connection fee” is 21 USD. More than 20 USD is hardly ever meant."),
        ({"processing_fee": "35"}, "“Processing fee” is 35 USD."),
        ({"idle.per_min": "6"}, "“Idle fee per minute” is 6 USD."),
        ({"idle.cap": "501"}, "“Idle fee, at most” is 501 USD."),
        ({"min_total": "200"}, "“Minimum per session” is 200 USD. More than 50 USD is hardly ever meant."),
        ({"max_total": "2000"}, "“Maximum per session” is 2000 USD."),
        ({"max_total": "2"}, "A typical charge of 20 kWh comes to 9.00 USD, so most sessions would reach it."),
        ({"tax.rates.energy": "82.5"}, "“Tax on energy (%)” is 82.5 %."),
        ({"tax.rates.energy": "8.25"}, "There is no tax on the connection fee and the idle fee"),
    ],
)  # fmt: skip
def test_it_saves_prices_that_look_mistyped_only_when_they_are_meant(priced, rate, client_of, typed, told):
    client = client_of(priced.owner)

    text = post(client, rate, **typed).content.decode().replace("&#x27;", "'")

    assert told in text
    assert "These prices are meant" in text
    assert RateVersion.objects.count() == 1
    assert post(client, rate, **typed, meant="yes").status_code == 302
    assert RateVersion.objects.count() == 2


def test_it_asks_once_about_tax_on_some_and_again_when_a_percentage_jumps(priced, rate, client_of):
    client, some = client_of(priced.owner), {"tax.rates.energy": "8.25"}
    assert post(client, rate, **some, meant="yes").status_code == 302

    again = post(client, rate, **some, connection_fee="1.10", based_on="2")
    jumped = post(client, rate, **{"tax.rates.energy": "0.825"}, based_on="3").content.decode()

    assert again.status_code == 302
    assert "“Tax on energy (%)” is 10 times below" in jumped
    assert RateVersion.objects.count() == 3


def test_it_asks_whether_prices_are_meant_beside_the_save_button(priced, rate, client_of):
    client, beside = client_of(priced.owner), 'id="to-confirm"'

    text = post(client, rate, connection_fee="30").content.decode()
    typing = client.post(f"/rates/{rate.pk}/", TYPED | {"connection_fee": "30"}, headers={"HX-Request": "true"})
    wrong = post(client, rate, connection_fee="dear").content.decode()

    row = text[text.index(beside) : text.index("Save as version")]
    assert 'name="meant"' in row
    assert "</div>" not in row, "in the row of the button"
    assert text.count('name="meant"') == 1
    assert "Nothing is saved yet." in text
    assert "Fix the marked fields" not in text, "none is marked"
    assert 'id="to-confirm" hx-swap-oob="true"><label' in typing.content.decode()
    assert "Nothing is saved yet. Fix the marked fields." in wrong
    assert 'name="meant"' not in wrong


def test_it_refuses_a_time_that_the_clocks_skip(priced, rate, client_of):
    text = post(client_of(priced.owner), rate, connection_fee="2.00", valid_from="2030-03-10T02:30").content.decode()

    assert "That time does not exist in America/New_York" in text
    assert RateVersion.objects.count() == 1


def test_it_does_not_overwrite_what_somebody_saved_meanwhile(priced, rate, client_of):
    catalogue.publish(rate, definition={"energy": [{"name": "x", "price": "9"}]}, now=datetime.now(tz=UTC))

    response = post(client_of(priced.owner), rate, connection_fee="2.00")

    assert "Version 2 was saved meanwhile" in response.content.decode()
    assert RateVersion.objects.count() == 2


def test_it_says_what_changed_meanwhile_and_keeps_what_was_typed(priced, rate, client_of):
    changed = charging.PLAIN | {"connection_fee": "3.00"}
    catalogue.publish(rate, definition=changed, now=datetime.now(tz=UTC))
    client = client_of(priced.owner)

    text = post(client, rate, connection_fee="2.00", based_on="1", do="save").content.decode()

    assert "Version 2 was saved meanwhile (Connection fee: 3.00 instead of 1.00)." in text
    assert "What you typed is still here" in text
    field = text[text.index('id="f-connection_fee"') :]
    assert 'value="2.00"' in field[: field.index(">")]
    assert 'name="based_on" value="2"' in text
    assert post(client, rate, connection_fee="2.00", based_on="2", do="save").status_code == 302
    assert RateVersion.objects.latest("number").definition["connection_fee"] == "2.00"


def test_the_second_of_two_who_save_at_the_same_moment_does_not_win_silently(priced, rate, client_of, monkeypatch):
    plain = editor._save

    def overtaken(request, read, form):
        changed = charging.PLAIN | {"connection_fee": "3.00"}
        catalogue.publish(rate, definition=changed, now=datetime.now(tz=UTC))
        return plain(request, read, form)

    monkeypatch.setattr(editor, "_save", overtaken)

    text = post(client_of(priced.owner), rate, connection_fee="2.00", based_on="1", do="save").content.decode()

    assert "Version 2 was saved meanwhile" in text
    assert RateVersion.objects.latest("number").definition["connection_fee"] == "3.00"


def test_a_rename_is_not_undone_silently(priced, rate, client_of):
    Rate.objects.update(name="Winter")

    text = post(client_of(priced.owner), rate, name="Summer", based_on="1", based_on_name="Plain", do="save")

    assert "It was renamed (Name: “Winter” instead of “Plain”)" in text.content.decode()
    assert Rate.objects.get().name == "Winter"


def test_equal_names_at_the_same_moment_are_a_mistake_in_the_form(priced, rate, client_of, monkeypatch):
    monkeypatch.setattr(catalogue, "_slug", lambda _base, _number: "twins")
    Rate.objects.create(host=priced.host, slug="twins", name="Night", currency="USD")

    answer = client_of(priced.owner).post("/rates/add/", TYPED | {"name": "Night", "do": "save"})

    assert answer.status_code == 200
    assert "Somebody added a rate with the name “Night” at the same moment" in answer.content.decode()


def test_it_refuses_windows_that_overlap(priced, rate, client_of):
    windows = {
        "energy.0.from": "08:00", "energy.0.to": "18:00",
        "energy.1.name": "peak", "energy.1.price": "0.50", "energy.1.from": "17:00", "energy.1.to": "20:00",
    }  # fmt: skip

    text = client_of(priced.owner).post(f"/rates/{rate.pk}/", TYPED | windows).content.decode()

    assert "This window overlaps with energy price 1: let one end" in text
    assert RateVersion.objects.count() == 1


def test_it_shows_what_was_typed_again_after_a_mistake(priced, rate, client_of):
    text = post(client_of(priced.owner), rate, connection_fee="lots").content.decode()

    assert 'value="lots"' in text


def test_it_says_why_no_idle_time_is_billed_where_nobody_is_notified(priced, rate, client_of):
    client, why = client_of(priced.owner), "No idle time is billed here: in the example nobody is notified"

    text = post(client, rate, **{"idle.only_after_notice": "true", "do": "preview"}).content.decode()

    assert "unplugged 40 minutes late: $9.00" in text
    assert why in text
    assert why not in client.get(f"/rates/{rate.pk}/").content.decode()


def test_the_list_says_that_idle_time_is_billed_only_after_a_notice(priced, rate, client_of):
    client = client_of(priced.owner)
    assert "only after a notice" not in client.get("/rates/").content.decode()

    post(client, rate, **{"idle.only_after_notice": "true"})

    assert "after 10 min, at most $10.00, only after a notice" in client.get("/rates/").content.decode()


def test_it_adds_a_rate_with_its_first_version(priced, client_of):
    typed = TYPED | {"name": "Night owls", "currency": "EUR", "host": "sunset"}

    client_of(priced.owner).post("/rates/add/", typed)

    made = Rate.objects.get(slug="night-owls")
    assert (made.host, made.currency) == (priced.host, "EUR")
    assert made.versions.get().number == 1
    assert AuditEntry.objects.get().verb == "rate.added"


def test_it_adds_no_rate_to_a_host_of_others(priced, client_of):
    client_of(priced.stranger).post("/rates/add/", TYPED | {"host": "sunset"})

    assert Rate.objects.filter(host=priced.host).count() == 1


def test_it_shows_who_pays_what_and_why(priced, client_of):
    charging.assign(charging.make_rate(priced.host, slug="special"), priced.site, "guest", charger=priced.charger)

    text = client_of(priced.teammate).get("/rates/").content.decode()

    assert "Guests pay “Plain”, version 1, assigned to all chargers of Sunset 1." in text
    assert "Guests pay “Special”, version 1, assigned to charger SUN001." in text
    assert "Roaming drivers have no rate at Sunset 1." in text


def test_its_table_says_what_a_session_would_get(priced):
    second = make_charger(priced.site, "CP2", station_id="SUN002")
    charging.assign(charging.make_rate(priced.host, slug="special"), priced.site, "guest", charger=priced.charger)

    shown = {here.audience: here for here in resolver.at_properties([priced.site], at=datetime.now(tz=UTC))}

    for audience, here in shown.items():
        special = {one.assignment.charger: one for one in here.exceptions}
        for charger in Charger.objects.filter(pk__in=[priced.charger.pk, second.pk]):
            expected = resolver.resolve(charger, driver=Payer(audience=audience), at=datetime.now(tz=UTC))
            assert special.get(charger, here.general).version == expected.version


def test_its_query_count_does_not_grow_with_rates(priced, client_of, django_assert_max_num_queries):
    for number in range(12):
        place = Property.objects.create(host=priced.host, slug=f"p{number}", name=f"P{number}", time_zone="UTC")
        charging.assign(charging.make_rate(priced.host, slug=f"rate-{number}"), place, "guest", "member")
    client = client_of(priced.owner)

    with django_assert_max_num_queries(9):
        client.get("/rates/")


def test_it_warns_of_a_price_that_hides_the_ones_below_it(priced, rate, client_of):
    peak = {"energy.1.name": "peak", "energy.1.price": "0.50", "energy.1.from": "17:00", "energy.1.to": "20:00"}
    client = client_of(priced.owner)

    hidden = client.post(f"/rates/{rate.pk}/", TYPED | peak | {"do": "preview"}).content.decode()

    assert "“all day” applies at all times, so the prices below it are never used: move it to the end." in hidden
    assert "ever counts" not in client.get(f"/rates/{rate.pk}/").content.decode()


def test_the_page_asks_for_hours_when_a_fee_applies_and_shows_one_more_row_each_time(priced, rate, client_of):
    client = client_of(priced.owner)
    typed = {"idle.windows.0.from": "08:00", "idle.windows.0.to": "20:00", "idle.windows.0.days": ["MON", "TUE"]}

    page = client.get(f"/rates/{rate.pk}/").content.decode()
    added = client.post(f"/rates/{rate.pk}/", TYPED | typed | {"do": "add_window"}).content.decode()
    client.post(f"/rates/{rate.pk}/", TYPED | typed)

    assert "Hours when the idle fee applies: always" in page
    assert "Free from" not in page
    assert 'name="idle.windows.1.from"' in added
    assert rate.versions.order_by("-number")[0].definition["idle"]["windows"] == [
        {"days": ["MON", "TUE"], "from": "08:00", "to": "20:00"}
    ]


def test_the_page_shows_each_part_and_opens_what_is_rarer(priced, client_of):
    RateVersion.objects.update(definition=EVERYTHING)

    text = client_of(priced.owner).get(f"/rates/{Rate.objects.get().pk}/").content.decode()

    for shown in ('value="2026-06-01"', 'value="10"', 'value="0.02"', 'value="40.00"', 'value="staff"'):
        assert shown in text
    assert text.count("<details open>") >= 4
    assert 'name="idle.exempt_audiences" value="member" checked' in text


def test_the_page_warns_of_what_surprises_guests(priced, client_of):
    RateVersion.objects.update(
        definition={"energy": [{"name": "day", "price": "1", "from": "07:00", "to": "22:00"}], "idle": {"per_min": "1"}}
    )
    text = client_of(priced.owner).get(f"/rates/{Rate.objects.get().pk}/").content.decode()
    assert "No price per kWh holds on Mon from 00:00 to 07:00." in text
    assert "The idle fee has no limit." in text


def test_a_rate_with_forbidden_parts_can_neither_be_assigned_nor_saved_there(priced, client_of):
    Property.objects.filter(pk=priced.site.pk).update(country="NL")
    Connector.objects.filter(evse__charger=priced.charger).update(max_power_w=150_000)
    client, rate = client_of(priced.owner), Rate.objects.get()
    typed = {"name": "Plain", "energy.0.name": "all day", "energy.0.price": "0.60", "do": "save", "based_on": "1"}

    saved = client.post(f"/rates/{rate.pk}/", typed | {"connection_fee": "1"}).content.decode()
    other = charging.make_rate(priced.host, slug="session")
    asked = {"property": priced.site.slug, "audience": "guest"}
    assigned_to = client.post(f"/rates/{other.rate_id}/assign/", asked, follow=True).content.decode()

    assert "this rate asks guests for a connection fee" in saved
    assert "this rate asks guests for a connection fee" in assigned_to
    assert rate.versions.count() == 1
    assert not other.rate.assignments.exists()


def test_a_version_begins_on_the_same_day_on_every_page(priced, rate, client_of):
    """By the property's clock: 01:30 UTC on the 10th is the evening of the 9th in New York."""
    RateVersion.objects.update(created_at=datetime(2026, 3, 10, 1, 30, tzinfo=UTC), valid_from=None)
    client = client_of(priced.owner)

    listed = client.get("/rates/").content.decode()
    shown = client.get(f"/rates/{rate.pk}/").content.decode()

    rehearsal = client.get(f"/rates/{rate.pk}/rehearsal/").content.decode()
    session = client.get(f"/sessions/{charging.charge(priced.charger).pk}/").content.decode()

    assert "9 Mar 2026" in listed
    assert "version 1 of 9 Mar 2026" in shown
    assert "version 1 of 9 Mar 2026" in rehearsal
    assert "version 1 of 9 Mar 2026" in session
    assert "9 Mar 2026, 21:30 EDT" in shown
    assert "10 Mar 2026" not in listed + shown


def test_a_rate_is_duplicated(priced, rate, client_of):
    RateVersion.objects.update(definition=EVERYTHING)
    client = client_of(priced.owner)

    page = client.get(f"/rates/add/?host=sunset&like={rate.pk}").content.decode()
    typed = TYPED | {"name": "Copy of Plain", "currency": "USD", "host": "sunset"}
    saved = client.post("/rates/add/", typed)

    assert f'href="/rates/add/?host=sunset&amp;like={rate.pk}"' in client.get(f"/rates/{rate.pk}/").content.decode()
    assert 'value="Copy of Plain"' in page
    assert 'value="2026-06-01"' in page
    assert saved.status_code == 302
    assert [one.name for one in Rate.objects.order_by("pk")] == ["Plain", "Copy of Plain"]


def test_a_rate_of_others_is_not_duplicated(priced, rate, client_of):
    page = client_of(priced.stranger).get(f"/rates/add/?like={rate.pk}").content.decode()

    assert "Copy of" not in page
    assert "0.40" not in page


def test_the_list_says_every_part_of_a_rate_in_words(priced, client_of):
    RateVersion.objects.update(definition=EVERYTHING)

    text = client_of(priced.owner).get("/rates/").content.decode()

    for part in (
        "$0.55 per kWh Mon 17:00–21:00, 1 Jun 2026 to 31 Aug 2026",
        "$0.45 per kWh for the first 10 kWh",
        "$0.35 per kWh above 10 kWh",
        "$0.02 per minute, at most $6.00, 08:00–20:00 only",
        "$0.50 per session, once within 20 min, Sat–Sun and Fri 18:00–24:00 only",
        "$0.20 per minute after 10 min, at most $12.00, 07:00–22:00 only",
        "not for members, group staff",
        "$0.30 and 1.5 %, paid by the host",
        "at least $1.00",
        "at most $40.00",
        "nothing below 200 Wh",
        "21 % on energy, charging time; included",
    ):
        assert part in text, part


def test_the_list_names_what_to_look_at(priced, client_of):
    charging.make_rate(priced.host, slug="lonely")

    text = client_of(priced.owner).get("/rates/").content.decode()

    assert text.count("Nobody pays this rate: it is assigned nowhere.") == 1


def test_the_page_leads_from_a_finding_to_its_field(priced, rate, client_of):
    RateVersion.objects.update(definition={"energy": [{"name": "x", "price": "1"}], "idle": {"per_min": "1"}})
    text = client_of(priced.owner).get(f"/rates/{rate.pk}/").content.decode()
    lonely = charging.make_rate(priced.host, slug="lonely").rate

    assert '<a href="#f-idle.cap">Go to the field</a>' in text
    assert 'id="f-idle.cap"' in text
    assert "/rates/grid/?host=sunset" in client_of(priced.owner).get(f"/rates/{lonely.pk}/").content.decode()


def test_card_groups_that_pay_no_idle_fee_are_picked_by_name(priced, rate, client_of):
    client = client_of(priced.owner)
    client.post(f"/rates/{rate.pk}/", TYPED | {"idle.exempt_groups": ["residents"]})

    page = client.get(f"/rates/{rate.pk}/").content.decode()

    assert rate.versions.order_by("-number")[0].definition["idle"]["exempt_groups"] == ["residents"]
    assert '<input type="checkbox" name="idle.exempt_groups" value="residents" checked> Residents' in page


def test_versions_are_said_in_words(priced, rate, client_of):
    page = client_of(priced.owner).get(f"/rates/{rate.pk}/").content.decode()

    assert "<dt>Idle</dt><dd>$0.20 per minute after 10 min, at most $10.00</dd>" in page
    assert "&#x27;per_min&#x27;" not in page
