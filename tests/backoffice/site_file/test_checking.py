from tests.kit.checking import HOSTS, charger, place, problems_of


def test_it_names_what_is_not_there_and_what_was_probably_meant():
    content = {
        "hosts": HOSTS,
        "users": [{"email": "a@b.ch", "memberships": [{"host": "sunse", "role": "owner"}]}],
        "properties": [place("sunset-1"), place("p", "nowhere")],
        "chargers": [charger("CP1", "sunset-2"), charger("CP2", unit="3a")],
        "token_groups": [{"slug": "all", "host": "sunset", "name": "All", "properties": ["x"], "chargers": ["CP9"]}],
        "tokens": [{"uid": "AA", "host": "sunset", "groups": ["al"]}, {"uid": "BB", "host": "nobody"}],
        "roaming_tokens": [{"uid": "CC", "msp": "NL-EMS"}],
        "rate_assignments": [{"rate": "standard", "property": "sunset-1", "audience": "guest"}],
    }

    problems = problems_of(content)

    assert list(problems) == [
        "users[0].memberships[0].host",
        "properties[1].host",
        "chargers[0].property",
        "chargers[1].unit",
        "token_groups[0].properties[0]",
        "token_groups[0].chargers[0]",
        "tokens[0].groups[0]",
        "tokens[1].host",
        "roaming_tokens[0].msp",
        "rate_assignments[0].rate",
    ]
    assert problems["users[0].memberships[0].host"] == "There is no host “sunse”: did you mean “sunset”?"
    assert problems["chargers[0].property"] == "There is no property “sunset-2”: did you mean “sunset-1”?"
    assert "add it to the file, or correct the name." in problems["roaming_tokens[0].msp"]


def test_it_finds_what_stands_in_the_file_twice():
    rate = {"slug": "day", "host": "sunset", "currency": "USD", "rate": {"energy": [{"name": "d", "price": "1"}]}}
    content = {
        "hosts": [*HOSTS, HOSTS[0]],
        "users": [{"email": "a@b.ch"}, {"email": "A@B.CH"}],
        "properties": [place("sunset-1", units=[{"slug": "a", "name": "A"}, {"slug": "a", "name": "B"}])],
        "chargers": [
            charger("CP1", connectors=[{"number": 1}, {"evse": 1, "number": 1}]),
            charger("CP1", station_id="other"),
            charger("CP2", station_id="other"),
        ],
        "tokens": [
            {"uid": "04:A1", "host": "sunset"},
            {"uid": "04a1", "host": "lakeside"},
            {"uid": "0x04A1", "host": "sunset"},
        ],
        "rates": [rate, rate],
        "rate_assignments": [{"rate": "day", "property": "sunset-1", "audience": "guest"}] * 2,
    }

    problems = problems_of(content)

    assert list(problems) == [
        "hosts[2].slug",
        "users[1].email",
        "properties[0].units[1].slug",
        "chargers[1].id",
        "chargers[2].station_id",
        "chargers[0].connectors[1].number",
        "tokens[2].uid",
        "rates[1].slug",
        "rate_assignments[1].audience",
    ]
    assert problems["tokens[2].uid"] == "“sunset 04A1” stands in tokens[0] already: keep one of them."


def test_it_allows_one_leader():
    def upstream(name: str, role: str) -> dict[str, str]:
        return {"name": name, "url": "wss://a.example", "role": role}

    upstreams = [upstream("A", "leader"), upstream("B", "follower"), upstream("C", "leader")]

    problems = problems_of(
        {"hosts": HOSTS, "properties": [place("sunset-1")], "chargers": [charger("CP1", upstreams=upstreams)]}
    )

    assert problems == {
        "chargers[0].upstreams[2].role": "A charger has one Leader, and that is “A” already: make this a follower."
    }


def test_it_gives_an_evse_one_name():
    connectors = [{"number": 1, "evse_id": "A"}, {"evse": 1, "number": 2}, {"evse": 1, "number": 3, "evse_id": "B"}]

    problems = problems_of(
        {"hosts": HOSTS, "properties": [place("sunset-1")], "chargers": [charger("CP1", connectors=connectors)]}
    )

    assert list(problems) == ["chargers[0].connectors[2].evse_id"]


def test_it_takes_rates_from_the_propertys_own_host():
    rate = {"slug": "day", "host": "lakeside", "currency": "USD", "rate": {"energy": [{"name": "d", "price": "1"}]}}
    assignment = {"rate": "day", "property": "sunset-1", "audience": "guest"}

    problems = problems_of(
        {"hosts": HOSTS, "properties": [place("sunset-1")], "rates": [rate], "rate_assignments": [assignment]}
    )

    assert problems == {
        "rate_assignments[0].rate": "There is no rate of sunset “day”: add it to the file, or correct the name."
    }


def test_it_tells_one_fault_once():
    content = {
        "properties": [place("p", "nowhere")],
        "rate_assignments": [{"rate": "r", "property": "p", "audience": "guest"}],
    }

    assert list(problems_of(content)) == ["properties[0].host"]


def test_it_refuses_an_upstream_whose_address_may_not_be_called():
    upstreams = [
        {"name": "Cloud", "url": "ws://169.254.169.254/ocpp", "role": "leader"},
        {"name": "Partner", "url": "wss://partner.example/ocpp", "role": "follower"},
    ]
    content = {"hosts": HOSTS, "properties": [place("sunset-1")], "chargers": [charger("CP1", upstreams=upstreams)]}

    problems = problems_of(content)

    assert list(problems) == ["chargers[0].upstreams[0].url"]
    assert "OUTBOUND_ALLOWED_NETWORKS" in problems["chargers[0].upstreams[0].url"]
