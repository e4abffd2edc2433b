"""Where scanned codes lead: to the charger of our label, or to a prompt with the reason and the way on."""

import pytest
from django.core.cache import cache

from billing.sessions.documents.labels import Label
from billing.sessions.scanning import outcomes
from billing.sessions.scanning.decoder import Problem, Reading
from billing.sessions.scanning.outcomes import ScannedLabel
from billing.sessions.starting.landing import Step
from chargers.models import Charger, Property
from tests.kit import guest_domains
from tests.kit.guest_domains import NAME
from tests.kit.world import World, make_charger

pytestmark = pytest.mark.django_db
OURS = "https://charge.example"


@pytest.fixture(autouse=True)
def _own_address(settings):
    settings.PUBLIC_BASE_URL = OURS
    yield
    cache.clear()


def of_another_host(world: World) -> Charger:
    lakeside = world.stranger.memberships.get().host
    site = Property.objects.create(host=lakeside, slug="lake", name="Lake", time_zone="UTC", access="guest")
    return make_charger(site, "LAKE1", station_id="LAKE001")


def texts_of(prompt) -> list[str]:
    return [step.text for step in prompt.steps]


def test_what_our_labels_hold_leads_to_their_charger(world):
    whole, outlet = Label("SUN001", "Sunset 1"), Label("SUN001", "Sunset 1", connector=1)

    assert outcomes.resolve([whole.url]) == ScannedLabel(world.charger)
    assert outcomes.resolve([outlet.url]) == ScannedLabel(world.charger, connector=1)
    assert outcomes.resolve([outlet.url]).path == "/c/SUN001/1"


def test_labels_of_hosts_with_a_domain_lead_there_and_from_it(world):
    guest_domains.use(world.host)
    label = Label("SUN001", "Sunset 1", base=f"https://{NAME}")

    assert outcomes.resolve([label.url]) == ScannedLabel(world.charger)
    assert outcomes.resolve([label.url], host_id=world.host.pk) == ScannedLabel(world.charger)
    assert outcomes.resolve([f"{OURS}/c/SUN001"], host_id=world.host.pk) == ScannedLabel(world.charger)


def test_labels_of_a_former_domain_still_lead_to_their_charger(world):
    guest_domains.use(world.host, is_former=True)

    assert outcomes.resolve([f"https://{NAME}/c/SUN001"]) == ScannedLabel(world.charger)


def test_no_label_at_a_hosts_domain_is_another_hosts(world):
    guest_domains.use(world.host)
    of_another_host(world)

    assert outcomes.resolve([f"https://{NAME}/c/LAKE001"]).code == outcomes.UNKNOWN_STATION


def test_at_a_hosts_domain_another_hosts_charger_is_a_link_to_its_own_page(world):
    guest_domains.use(world.host)
    of_another_host(world)

    prompt = outcomes.resolve([f"{OURS}/c/LAKE001/1"], host_id=world.host.pk)

    assert (prompt.code, prompt.steps) == (
        "scan_other_host",
        [Step("Open the page of LAKE001", f"{OURS}/c/LAKE001/1")],
    )


def test_a_connector_that_is_not_there_leads_to_the_charger(world):
    assert outcomes.resolve([f"{OURS}/c/SUN001/77"]) == ScannedLabel(world.charger)


@pytest.mark.parametrize("station_id", ["GONE001", "sun001", "..", "SUN001%20"])
def test_a_label_without_a_charger_in_service_says_so(world, station_id):
    prompt = outcomes.resolve([f"{OURS}/c/{station_id}"])

    assert (prompt.code, prompt.title) == (outcomes.UNKNOWN_STATION, "This label’s charger is no longer here")
    assert f"“{station_id.replace('%20', ' ')}”" in prompt.meaning


def test_a_retired_charger_is_no_longer_here(world):
    Charger.objects.update(retired_at=guest_domains.NOON)

    assert outcomes.resolve([f"{OURS}/c/SUN001"]).code == outcomes.UNKNOWN_STATION


def test_of_several_codes_ours_counts(world):
    codes = ["https://other.example/x", f"{OURS}/c/GONE001", f"{OURS}/c/SUN001", "WIFI:S:Hotel;;"]

    assert outcomes.resolve(codes) == ScannedLabel(world.charger)
    assert outcomes.resolve([*codes, "http://charge.example/c/SUN001"]) == ScannedLabel(world.charger)


def test_two_labels_of_ours_are_a_question(world):
    make_charger(world.site, "CP2", station_id="SUN002")

    prompt = outcomes.resolve([f"{OURS}/c/SUN001/1", f"{OURS}/c/SUN002"])

    assert prompt.title == "Several labels are in the picture"
    assert prompt.steps == [Step("SUN001, plug 1", "/c/SUN001/1"), Step("SUN002", "/c/SUN002")]


def test_a_picture_full_of_labels_is_no_way_to_try_station_ids(world, django_assert_max_num_queries):
    guesses = [f"{OURS}/c/GUESS{number}" for number in range(20)]

    with django_assert_max_num_queries(10):
        assert outcomes.resolve([*guesses, f"{OURS}/c/SUN001"]).code == outcomes.UNKNOWN_STATION


@pytest.mark.parametrize(
    ("text", "code", "name"),
    [
        ("https://other.example/c/SUN001?pay=1", "scan_other_address", "other.example"),
        ("https://charge.example@evil.test/c/SUN001", "scan_imitation", "evil.test"),
        ("https://chаrge.example/c/SUN001", "scan_imitation", "xn--chrge-5ve.example"),
        ("https://" + "a." * 100 + "evil.test/", "scan_other_address", "…" + ("a." * 100 + "evil.test")[-80:]),
    ],
)
def test_another_address_is_named_and_never_a_link(world, text, code, name):
    prompt = outcomes.resolve([text])

    assert prompt.code == code
    assert f"It leads to {name}, " in prompt.meaning
    assert prompt.steps[0].text == "Do not pay there: a sticker of somebody else may be pasted over ours."
    assert {step.url for step in prompt.steps} == {"", "#station_id"}


def test_some_other_addresses_are_named_together(world):
    prompt = outcomes.resolve([f"https://other{number}.example/" for number in (1, 2, 1, 3, 4)])

    assert "It leads to other1.example, other2.example, " in prompt.meaning
    assert "other4" not in prompt.meaning


@pytest.mark.parametrize("text", ["WIFI:T:WPA;S:Hotel;P:secret;;", "javascript:alert(1)", "\x1b[31m" + "x" * 3000])
def test_what_is_no_address_is_not_repeated(world, text):
    prompt = outcomes.resolve([text])

    assert prompt.title == "This is not the code of a charger’s label"
    assert text[:8] not in "".join((prompt.meaning, *texts_of(prompt)))


def test_a_notice_for_residents_leads_to_its_page_by_a_link(world):
    prompt = outcomes.resolve([f"{OURS}/join/ABCD-EFGH/"])

    assert prompt.code == "scan_own_page"
    assert prompt.steps[0] == Step("To join with the code of a notice, open its page.", "/join/ABCD-EFGH/")
    assert {step.url for step in outcomes.resolve([f"{OURS}/s/secret/stop"]).steps} == {"", "#station_id"}


def test_a_photo_without_a_code_says_what_helps():
    assert "A code is found where it is large, sharp and whole" in outcomes.explain_reading(Reading()).meaning
    assert "damaged, covered" in outcomes.explain_reading(Reading(has_damaged_code=True)).meaning
    assert "This is a screenshot" in outcomes.explain_reading(Reading(is_saved_picture=True)).meaning
    for reading in (Reading(), Reading(has_damaged_code=True), Reading(is_saved_picture=True)):
        steps = texts_of(outcomes.explain_reading(reading))
        assert "Photograph the label on the charger itself, not a picture of it on a screen." in steps
        assert outcomes.explain_reading(reading).steps[-1].url == "#station_id"


@pytest.mark.parametrize("problem", Problem)
def test_every_problem_has_a_reason_and_the_way_to_type(problem):
    prompt = outcomes.explain_problem(problem)

    assert "%" not in prompt.title + prompt.meaning
    assert prompt.steps[-1].url == "#station_id"


def test_the_limits_are_named():
    assert outcomes.explain_problem(Problem.TOO_MANY_PIXELS).meaning == "The photo has more than 25 million pixels."
    assert outcomes.explain_problem(Problem.TOO_MANY_BYTES).meaning == "The photo has more than 15 MB."
