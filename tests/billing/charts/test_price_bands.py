"""What energy cost when, of a stored report."""

from datetime import UTC, datetime

from billing.charts import price_bands


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 10, hour, minute, tzinfo=UTC)


def text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def line(label: str, price: str, *spans: tuple[datetime, datetime], kind: str = "energy", **more):
    flowed = {"code": "energy.flowed", "facts": {"spans": [[text(start), text(end)] for start, end in spans]}}
    return {"kind": kind, "label": label, "unit_price": price, "wh": 4000, "amount": 160, "reasons": [flowed]} | more


def report(*lines, idle_until: datetime | None = None, moved_s: int = 0):
    inputs = {"started_at": text(at(12)), "ended_at": text(at(15)), "clock_correction_s": moved_s}
    idle = {"from": text(at(15)), "to": text(idle_until)} if idle_until else None
    return {"lines": list(lines), "inputs": inputs, "idle": idle}


def spans(bands: price_bands.PriceBands):
    return [(band.start, band.end, [price.name for price in band.prices]) for band in bands.bands]


def test_each_price_has_its_bands_and_the_rest_of_the_session_is_idle():
    bands = price_bands.of_report(
        report(line("night", "0.20", (at(12), at(13))), line("day", "0.40", (at(13), at(14, 30))))
    )

    assert spans(bands) == [(at(12), at(13), ["night"]), (at(13), at(14, 30), ["day"])]
    assert bands.idle == ((at(14, 30), at(15)),)


def test_idle_time_lasts_until_the_plug_was_out():
    bands = price_bands.of_report(report(line("day", "0.40", (at(12), at(15))), idle_until=at(17)))

    assert bands.idle == ((at(15), at(17)),)


def test_a_pause_lies_between_two_bands_of_one_price():
    bands = price_bands.of_report(report(line("day", "0.40", (at(12), at(13)), (at(14), at(15)))))

    assert spans(bands) == [(at(12), at(13), ["day"]), (at(14), at(15), ["day"])]
    assert bands.idle == ((at(13), at(14)),)


def test_included_energy_and_the_price_of_the_rest_share_a_band():
    bands = price_bands.of_report(
        report(line("included energy", "0", (at(12), at(14))), line("day", "0.40", (at(12), at(15))))
    )

    assert spans(bands) == [(at(12), at(14), ["included energy", "day"]), (at(14), at(15), ["day"])]
    assert bands.price_at(at(13)) is None
    assert bands.price_at(at(14, 30)).name == "day"


def test_a_dearer_price_is_darker_and_what_is_free_has_no_shade():
    whole = (at(12), at(15))
    bands = price_bands.of_report(
        report(line("free", "0", whole), line("peak", "0.60", whole), line("night", "0.20", whole))
    )

    assert [(price.name, price.shade) for price in bands.prices] == [("free", 0), ("peak", 5), ("night", 1)]
    assert price_bands.of_report(report(line("day", "0.40", whole))).prices[0].shade == 3


def test_times_are_those_that_the_charger_gave():
    bands = price_bands.of_report(report(line("day", "0.40", (at(12), at(15))), moved_s=3600))

    assert spans(bands) == [(at(11), at(14), ["day"])]
    assert bands.idle == ()


def test_lines_beside_energy_and_reports_without_reasons_have_no_band():
    fee = line("connection fee", "1.00", kind="connection")
    old = line("day", "0.40") | {"reasons": []}

    bands = price_bands.of_report(report(fee, old))

    assert [price.name for price in bands.prices] == ["day"]
    assert (bands.bands, bands.idle) == ((), ())
