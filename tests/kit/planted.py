"""Exchanges in each of which one thing is planted that OCPI does not allow, with the code of its clause.

They are grouped as the clauses are; `OURS` are those that we would have written.
"""

from billing.roaming.docket.clauses import catalogue
from billing.roaming.docket.facts import Facts, Side
from billing.roaming.docket.findings import examination
from tests.kit.exchanges import (
    PARTNER,
    VERSIONS,
    authorization,
    cdr,
    command,
    credentials,
    credit,
    details,
    envelope,
    incoming,
    listed,
    location,
    next_link,
    order,
    outgoing,
    patch_token,
    price,
    pushed,
    put_token,
    registration,
    replaced,
    result,
    session,
    stored,
    tariff,
    token,
    token_page,
    version_details,
    version_list,
    without,
)

Case = tuple[str, Facts]
HTML = "<html><body>Not found</body></html>"
CHANGE = {"valid": False, "last_updated": "2026-03-10T13:00:00Z"}
REFUSED = envelope(status=2001, status_message="token: is missing")
LONG = "x" * 40

TRANSPORT = [
    ("authorization.plain", put_token(request_headers={"authorization": "Token •••• (plain)"})),
    (
        "authorization.white_space",
        put_token(request_headers={"authorization": "Token •••• (base64 with white space in it)"}),
    ),
    (
        "authorization.encoded_in_2_1_1",
        put_token(version="2.1.1", request_headers={"authorization": "Token •••• (base64)"}),
    ),
    *(
        (
            "authorization.token_a",
            incoming(
                "GET", "locations", version=version, http_status=401, answer=envelope(status=2000),
                request_headers={"authorization": "Token •••• (base64, token A)"},
            ),
        )
        for version in VERSIONS
    ),
    ("message_ids.request_id_missing", put_token(request_id="")),
    ("message_ids.correlation_id_missing", put_token(correlation_id="")),
    ("message_ids.request_id_not_echoed", token_page(answer_headers={"x-request-id": None})),
    ("message_ids.request_id_not_echoed", token_page(answer_headers={"x-request-id": "another"})),
    ("message_ids.correlation_id_not_echoed", token_page(answer_headers={"x-correlation-id": None})),
    *(("http.forbidden", token_page(version=version, http_status=403)) for version in VERSIONS),
    (
        "http.redirect",
        pushed("locations", location(), http_status=307, answer=None, answer_headers={"location": f"{PARTNER}/x/"}),
    ),
    ("http.web_page", pushed("locations", location(), answer=HTML, answer_headers={"content-type": "text/html"})),
    (
        "http.web_page",
        authorization(http_status=404, answer=HTML, answer_headers={"content-type": "text/html; charset=utf-8"}),
    ),
    ("http.answer_empty", pushed("tariffs", tariff(), answer=None)),
    ("http.answer_empty", outgoing("DELETE", "tariffs/NL/SUN/1", http_status=204, answer=None)),
    ("http.answer_not_json", token_page(answer='{"status_code": 1000, "data": [{"uid": "04')),
    ("http.answer_content_type", token_page(answer_headers={"content-type": "text/plain"})),
    ("http.answer_content_type", token_page(answer_headers={"content-type": None})),
    ("http.request_content_type", put_token(request_headers={"content-type": "text/plain"})),
    (
        "http.request_not_json",
        put_token("{'uid': '04A1'}", http_status=400, answer=envelope(status=2001), ocpi_status=2001),
    ),
    (
        "http.error_status",
        pushed("sessions", session(), http_status=422, answer={"detail": "body.kwh"}, ocpi_status=None),
    ),
    ("http.error_status", pushed("sessions", session(), http_status=400, answer=envelope(status=2001))),
    ("http.server_failure", pushed("cdrs", cdr(), http_status=500, answer=HTML)),
    ("http.server_failure", pushed("tariffs", tariff(), http_status=503, answer=envelope(status=3000))),
    (
        "http.unknown_address",
        incoming(
            "GET", "hubclientinfo", module="", is_unadvertised=True, http_status=404, answer=envelope(status=2000)
        ),
    ),
    (
        "http.unknown_address",
        incoming("GET", "cdrs/c-1", is_unadvertised=True, http_status=404, answer=envelope(status=2000)),
    ),
]  # fmt: skip

ENVELOPES = [
    ("envelope.list_wrapped", pushed("locations", location(), answer=[envelope()], ocpi_status=1000)),
    ("envelope.missing", token_page(answer=[token()], ocpi_status=None)),
    ("envelope.missing", pushed("tariffs", tariff(), answer={"ok": True}, ocpi_status=None)),
    ("envelope.status_code_missing", token_page(answer=without(envelope([]), "status_code"))),
    ("envelope.status_code_type", pushed("tariffs", tariff(), answer=envelope(status_code="1000"))),
    ("envelope.status_code_range", pushed("tariffs", tariff(), answer=envelope(status_code=200))),
    ("envelope.hub_status", pushed("tariffs", tariff(), answer=envelope(status_code=4001))),
    ("envelope.timestamp_missing", pushed("tariffs", tariff(), answer={"status_code": 1000})),
    ("envelope.data_missing", token_page(answer=envelope())),
    ("envelope.data_wrapped", authorization([{"allowed": "ALLOWED", "token": token()}])),
    ("envelope.data_wrapped", version_details([details()])),
    ("envelope.data_wrapped", stored("cdrs", [cdr()])),
    ("envelope.data_unwrapped", token_page(token())),
    ("envelope.data_unwrapped", version_list({"version": "2.2.1", "url": f"{PARTNER}/2.2.1"})),
    ("time.space", pushed("tariffs", tariff(), answer=envelope(timestamp="2026-03-10 12:00:00"))),
    ("time.space", put_token(token(last_updated="2026-03-10 12:00:00Z"))),
    ("time.offset", put_token(token(last_updated="2026-03-10T13:00:00+01:00"))),
    ("time.offset", listed("cdrs", "?date_from=2026-03-10T13:00:00%2B00:00")),
    ("time.unreadable", put_token(token(last_updated="yesterday"), answer=envelope(status=2001))),
    ("time.unreadable", pushed("tariffs", tariff(), answer=envelope(timestamp=1773144000))),
]

PAGES = [
    ("paging.link_empty", token_page(answer_headers={"link": ""})),
    ("paging.link_empty", token_page(answer_headers={"link": '<>; rel="next"'})),
    (
        "paging.link_host",
        token_page(
            answer_headers={
                "link": next_link("?offset=1&limit=10", server="https://cdn.example"), "x-total-count": "9",
            }
        ),
    ),
    (
        "paging.link_filter_lost",
        token_page(
            query="?offset=0&limit=1&date_from=2026-01-01T00:00:00Z",
            answer_headers={"link": next_link("?offset=1&limit=1"), "x-total-count": "9"},
        ),
    ),
    (
        "paging.link_same_page",
        token_page(answer_headers={"link": next_link("?offset=0&limit=10"), "x-total-count": "9"}),
    ),
    ("paging.link_after_last", token_page(answer_headers={"link": next_link("?offset=1&limit=10")})),
    ("paging.link_missing", token_page(query="?offset=0&limit=1", answer_headers={"x-total-count": "9"})),
    ("paging.total_missing", token_page(answer_headers={"x-total-count": None})),
    ("paging.total_missing", token_page(answer_headers={"x-total-count": "many"})),
    ("paging.limit_missing", token_page(answer_headers={"x-limit": None})),
    (
        "paging.limit_ignored",
        token_page([token()] * 2, query="?offset=0&limit=1", answer_headers={"x-total-count": "2"}),
    ),
    ("paging.parameter_not_number", listed("cdrs", "?limit=1e9")),
    ("paging.parameter_unknown", listed("locations", "?page=2")),
    ("sessions.date_from_missing", listed("sessions", answer=envelope(status=2001))),
    ("text.case_differs", put_token(path="nl/ems/04A1B2C3D4")),
    ("text.case_differs", put_token(token(uid="04a1b2c3d4"))),
]  # fmt: skip

CONNECTIONS = [
    (
        "versions.field_missing",
        version_details(replaced(details(), "endpoints.1", {"identifier": "x", "role": "SENDER"})),
    ),
    ("versions.field_type", version_details(replaced(details(), "endpoints.1.url", "/2.2.1/tokens"))),
    ("versions.value_unknown", version_details(replaced(details(), "endpoints.1.role", "MSP"))),
    ("versions.value_case", version_details(replaced(details(), "endpoints.1.role", "sender"))),
    (
        "versions.endpoint_role_missing",
        version_details(replaced(details(), "endpoints.1", without(details()["endpoints"][1], "role"))),
    ),
    ("versions.credentials_missing", version_details(details() | {"endpoints": details()["endpoints"][1:]})),
    ("credentials.field_missing", registration(without(credentials(), "url"), answer=REFUSED)),
    ("credentials.field_missing", registration(without(credentials(), "roles"), answer=REFUSED)),
    ("credentials.field_missing", registration(without(credentials("2.1.1"), "party_id"), version="2.1.1")),
    ("credentials.field_type", registration(credentials(url="versions"), answer=REFUSED)),
    ("credentials.value_unknown", registration(replaced(credentials(), "roles.0.role", "MSP"))),
    ("credentials.value_case", registration(replaced(credentials(), "roles.0.role", "emsp"))),
    ("credentials.text_too_long", registration(replaced(credentials(), "roles.0.party_id", "EMSP"), answer=REFUSED)),
    ("credentials.form_of_2_1_1", registration(credentials("2.1.1"), answer=REFUSED)),
    ("credentials.form_of_2_2", registration(credentials("2.2.1"), version="2.1.1", answer=REFUSED)),
    ("credentials.role_twice", registration(credentials(roles=credentials()["roles"] * 2))),
    ("credentials.post_when_registered", registration(http_status=405, answer=envelope(status=2000))),
    (
        "credentials.put_when_not_registered",
        incoming("PUT", "credentials", request=credentials(), http_status=405, answer=envelope(status=2000)),
    ),
    (
        "routing.request_missing",
        put_token(
            needs_routing=True,
            request_headers={"ocpi-from-country-code": None, "ocpi-from-party-id": None},
        ),
    ),
    (
        "routing.answer_missing",
        token_page(
            needs_routing=True,
            answer_headers=dict.fromkeys(
                ("ocpi-to-country-code", "ocpi-to-party-id", "ocpi-from-country-code", "ocpi-from-party-id")
            ),
        ),
    ),
    ("routing.incomplete", put_token(request_headers={"ocpi-to-country-code": None})),
    (
        "routing.on_configuration",
        registration(request_headers={"ocpi-to-country-code": "NL", "ocpi-to-party-id": "SUN"}),
    ),
    ("routing.not_swapped", token_page(answer_headers={"ocpi-to-party-id": "EMS", "ocpi-from-party-id": "SUN"})),
    (
        "routing.unknown_receiver",
        listed("cdrs", request_headers={"ocpi-to-party-id": "XYZ"}, http_status=404, answer=envelope(status=2000)),
    ),
]

TOKENS = [
    *(("tokens.field_missing", put_token(without(token(version), "issuer"), version=version)) for version in VERSIONS),
    ("tokens.field_missing", put_token(without(token(), "type"))),
    ("tokens.field_missing", token_page([without(token(), "whitelist")])),
    ("tokens.field_missing", command(body=order(token=without(token(), "uid")))),
    ("tokens.field_type", put_token(token(valid="true"))),
    ("tokens.field_type", put_token([token()])),
    ("tokens.field_type", token_page(["04A1B2C3D4"])),
    ("tokens.value_unknown", put_token(token(whitelist="SOMETIMES"))),
    ("tokens.value_unknown", put_token(token(type="EMAID"), path="NL/EMS/04A1B2C3D4?type=EMAID")),
    ("tokens.value_case", put_token(token(whitelist="allowed"))),
    ("tokens.value_case", put_token(token(type="rfid"))),
    ("tokens.text_too_long", put_token(token(uid=LONG), path=f"NL/EMS/{LONG}")),
    ("tokens.field_renamed", token_page([without(token(), "type") | {"token_type": "RFID"}])),
    ("tokens.form_of_2_1_1", put_token(token("2.1.1"))),
    ("tokens.form_of_2_2", put_token(token("2.2.1"), version="2.1.1")),
    ("tokens.patch_without_last_updated", patch_token({"valid": False})),
    ("tokens.patch_removes_field", patch_token(CHANGE | {"visual_number": None})),
    ("tokens.patch_removes_field", patch_token(CHANGE | {"issuer": None}, version="2.1.1")),
    (
        "tokens.foreign_owner",
        put_token(token(party_id="XYZ"), path="NL/XYZ/04A1B2C3D4", http_status=404, answer=envelope(status=2000)),
    ),
    ("tokens.address_differs", put_token(token(uid="04FFFFFFFF"))),
    ("tokens.address_differs", put_token(token(country_code="DE"))),
    ("tokens.type_not_in_address", put_token(token(type="APP_USER"))),
    (
        "tokens.method",
        incoming("DELETE", "tokens/NL/EMS/04A1B2C3D4", http_status=405, answer=envelope(status=2000)),
    ),
    ("authorize.field_missing", authorization({"allowed": "ALLOWED"})),
    ("authorize.field_type", authorization({"allowed": "ALLOWED", "token": token(), "info": "Welcome"})),
    ("authorize.value_unknown", authorization({"allowed": "YES", "token": token()})),
    ("authorize.value_case", authorization({"allowed": "Allowed"}, version="2.1.1")),
    (
        "authorize.text_too_long",
        authorization({"allowed": "ALLOWED", "token": token(), "authorization_reference": LONG}),
    ),
    ("authorize.unknown_without_404", authorization(answer=envelope(status=2004))),
    (
        "authorize.unknown_without_2004",
        authorization(http_status=404, answer={"detail": "Not Found"}, ocpi_status=None),
    ),
    ("authorize.unknown_without_2004", authorization(http_status=404, answer=None)),
]

COMMANDS = [
    ("commands.field_missing", command(body=without(order(), "location_id"), answer=envelope(status=2001))),
    ("commands.field_missing", command(body=without(order(), "token"), answer=envelope(status=2001))),
    ("commands.field_type", command(body=order(token="04A1B2C3D4"), answer=envelope(status=2001))),
    ("commands.field_type", command(body=order(response_url="/results/1"), answer=envelope(status=2001))),
    ("commands.field_type", command(body=[order()], answer=envelope(status=2001))),
    ("commands.text_too_long", command(body=order(location_id=LONG), answer=envelope(status=2001))),
    ("commands.response_url_missing", command(body=without(order(), "response_url"), answer=envelope(status=2001))),
    ("commands.unknown_name", command("WAKE_UP", body=order(), http_status=404, answer=envelope(status=2000))),
    ("commands.not_in_2_1_1", command("CANCEL_RESERVATION", version="2.1.1")),
    ("commands.method", command(method="PUT", http_status=405, answer=envelope(status=2000))),
    ("commands.foreign_token", command(body=order(token=token(party_id="XYZ")))),
    ("commands.connector_without_evse", command(body=without(order(), "evse_uid") | {"connector_id": "1"})),
    ("commands.reservation_id_form", command("RESERVE_NOW", order("RESERVE_NOW", reservation_id=17))),
    (
        "commands.reservation_id_form",
        command("RESERVE_NOW", order("RESERVE_NOW", version="2.1.1", reservation_id="17"), version="2.1.1"),
    ),
    *(("commands.result_refused", result(http_status=status, answer=None)) for status in (400, 404, 500)),
    ("commands.result_refused", result(answer=envelope(status=2000))),
    ("commands.result_unanswered", result(http_status=None, failure="did not answer within 15 s")),
]

CDRS = [
    *(
        ("cdrs.field_missing", stored("cdrs", without(cdr(version), "total_energy"), version=version))
        for version in VERSIONS
    ),
    ("cdrs.field_missing", stored("cdrs", cdr(charging_periods=[]))),
    ("cdrs.field_type", stored("cdrs", cdr(total_energy="12"))),
    ("cdrs.value_unknown", stored("cdrs", cdr(auth_method="RFID"))),
    ("cdrs.value_case", stored("cdrs", cdr(auth_method="whitelist"))),
    ("cdrs.text_too_long", stored("cdrs", cdr(currency="Euro"))),
    ("cdrs.form_of_2_1_1", stored("cdrs", cdr("2.1.1"))),
    ("cdrs.form_of_2_1_1", stored("cdrs", cdr(total_cost=5.9))),
    ("cdrs.form_of_2_2", stored("cdrs", cdr("2.2.1"), version="2.1.1")),
    ("cdrs.id_too_long", stored("cdrs", cdr(id=LONG))),
    ("cdrs.id_too_long", stored("cdrs", credit(id=LONG))),
    ("cdrs.credit_total_positive", stored("cdrs", credit(total_cost=price("2.2.1", 5.9)))),
    ("cdrs.credit_reference_missing", stored("cdrs", without(credit(), "credit_reference_id"))),
    ("cdrs.total_not_sum", stored("cdrs", cdr(total_energy_cost=price("2.2.1", 9)))),
    ("cdrs.energy_negative", stored("cdrs", cdr(total_energy=-1))),
    ("cdrs.end_before_start", stored("cdrs", cdr(end_date_time="2026-03-10T11:00:00Z"))),
    ("cdrs.end_before_start", stored("cdrs", cdr("2.1.1", stop_date_time="2026-03-10T11:00:00Z"), version="2.1.1")),
    ("cdrs.parking_over_total", stored("cdrs", cdr(total_parking_time=2))),
    ("cdrs.location_header_missing", pushed("cdrs", cdr(), answer_headers={"location": None})),
    ("cdrs.created_with_200", pushed("cdrs", cdr(), http_status=200)),
    *(
        (
            f"{module}.method",
            incoming(
                method, f"{module}/NL/SUN/1", request=body, is_unadvertised=True, http_status=404,
                answer=envelope(status=2000),
            ),
        )
        for module, method, body in (
            ("cdrs", "PUT", cdr()),
            ("sessions", "PATCH", {"kwh": 1}),
            ("tariffs", "PUT", tariff()),
            ("locations", "PATCH", {"name": "x"}),
        )
    ),
    ("cdrs.method", incoming("POST", "cdrs", request=cdr(), http_status=405, answer=envelope(status=2000))),
    ("prices.field_missing", stored("cdrs", cdr(total_cost={"incl_vat": 7}))),
    ("prices.field_type", stored("cdrs", cdr(total_cost={"excl_vat": "5.90"}))),
    ("prices.form_of_2_2", stored("cdrs", cdr("2.3.0", total_cost={"excl_vat": 5.9}), version="2.3.0")),
    ("prices.form_of_2_3", stored("cdrs", cdr(total_cost={"before_taxes": 5.9}))),
]  # fmt: skip

SESSIONS = [
    ("sessions.field_missing", stored("sessions", without(session(), "kwh"))),
    ("sessions.field_type", stored("sessions", session(kwh="12"))),
    ("sessions.value_unknown", stored("sessions", session(status="CHARGING"))),
    ("sessions.value_case", stored("sessions", session(status="active"))),
    ("sessions.text_too_long", stored("sessions", session(id=LONG))),
    ("sessions.form_of_2_1_1", stored("sessions", session("2.1.1"))),
    ("sessions.form_of_2_1_1", stored("sessions", session(total_cost=5.9))),
    ("sessions.form_of_2_2", stored("sessions", session("2.2.1"), version="2.1.1")),
    ("sessions.energy_negative", stored("sessions", session(kwh=-1))),
    ("sessions.end_before_start", stored("sessions", session(end_date_time="2026-03-10T11:00:00Z"))),
    ("tariffs.field_missing", stored("tariffs", tariff(elements=[]))),
    ("tariffs.field_type", stored("tariffs", replaced(tariff(), "elements.0.price_components.0.price", "0.45"))),
    ("tariffs.value_unknown", stored("tariffs", replaced(tariff(), "elements.0.price_components.0.type", "KWH"))),
    ("tariffs.value_case", stored("tariffs", tariff(type="regular"))),
    ("tariffs.text_too_long", stored("tariffs", tariff(id=LONG))),
    (
        "tariffs.tax_included_missing",
        stored("tariffs", without(tariff("2.3.0"), "tax_included"), version="2.3.0"),
    ),
    ("locations.field_missing", stored("locations", without(location(), "time_zone"))),
    ("locations.field_type", stored("locations", replaced(location(), "coordinates.latitude", 52.3702))),
    ("locations.value_unknown", stored("locations", replaced(location(), "evses.0.status", "FREE"))),
    ("locations.value_case", stored("locations", replaced(location(), "evses.0.status", "Available"))),
    ("locations.text_too_long", stored("locations", location(country="Netherlands"))),
    (
        "locations.receiver_address",
        incoming("GET", "locations/NL/SUN/sunset-1", http_status=404, answer=envelope(status=2003)),
    ),
]

OURS = [
    ("http.server_failure", put_token(http_status=500, answer=envelope(status=3000))),
    ("message_ids.request_id_not_echoed", put_token(answer_headers={"x-request-id": None})),
    ("envelope.timestamp_missing", put_token(answer={"status_code": 1000})),
    ("paging.total_missing", listed("cdrs", answer_headers={"x-total-count": None})),
    ("results.field_missing", command(answer=envelope({"result": "ACCEPTED"}))),
    ("results.field_type", command(answer=envelope({"result": "ACCEPTED", "timeout": "60"}))),
    ("results.value_unknown", command(version="2.1.1", answer=envelope({"result": "FAILED"}))),
    ("results.value_unknown", result({"result": "UNKNOWN_SESSION"})),
    ("results.value_unknown", result({"result": "EVSE_OCCUPIED"}, version="2.1.1")),
    ("results.value_case", result({"result": "accepted"})),
    (
        "results.text_too_long",
        result({"result": "FAILED", "message": [{"language": "en", "text": "x" * 513}]}),
    ),
    ("cdrs.id_too_long", pushed("cdrs", cdr(id=LONG))),
    ("cdrs.credit_total_positive", pushed("cdrs", credit(total_cost=price("2.2.1", 5.9)))),
    ("cdrs.total_not_sum", pushed("cdrs", cdr(total_cost=price("2.2.1", 1)))),
    ("sessions.field_missing", pushed("sessions", without(session(), "connector_id"))),
    ("locations.field_type", pushed("locations", location(publish="true"))),
    ("tariffs.tax_included_missing", pushed("tariffs", without(tariff("2.3.0"), "tax_included"), version="2.3.0")),
    ("prices.form_of_2_2", pushed("sessions", session("2.3.0", total_cost={"excl_vat": 1}), version="2.3.0")),
]


def label(case: Case) -> str:
    code, facts = case
    return f"{code}-{facts.version or 'any'}-{facts.method}-{facts.module}"


def assert_named(case: Case, *, author: Side = Side.PARTNER) -> None:
    """Fails unless exactly the clause of the case is named, with its author, its place and its citation."""
    code, facts = case
    (deviation,) = examination.examine(facts)
    assert (deviation.code, deviation.author) == (code, author)
    assert deviation.path
    assert catalogue.ALL[code].cite(facts.version).startswith(f"OCPI {facts.version or '2.2.1'}, ")
