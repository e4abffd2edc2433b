"""Home charging as files: an employer's invoice for a month, and one employee's payout."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet, Sum

from billing.formatting.money import kwh, money
from billing.models import HomeCharge, HomeInvoice, HomePayout
from billing.sessions.documents import issuer
from billing.sessions.documents.sheets import Sheet
from chargers.text import spreadsheets

COLUMNS: Final = (
    "invoice", "month", "employee", "employer", "card", "charger", "started_at", "stopped_at", "energy_wh", "per_kwh",
    "price_minor", "paid_minor", "currency", "session",
)  # fmt: skip


def charges_of(invoice: HomeInvoice) -> QuerySet[HomeCharge]:
    return HomeCharge.objects.filter(payout__invoice=invoice)


def to_csv(charges: QuerySet[HomeCharge]) -> bytes:
    """Returns a row for each session, times with their offset, amounts in minor units."""
    return spreadsheets.render_csv(COLUMNS, _rows(charges))


def employer_pdf(invoice: HomeInvoice) -> bytes:
    """Returns the invoice as a PDF: the amount owed, its employees, and each session."""
    title = f"Invoice {invoice.label}"
    sheet = Sheet(title)
    sheet.head(issuer=issuer.of_home_invoice(invoice), title=f"{title}\n{invoice.month:%B %Y}")
    sheet.total("Total", money(invoice.total_minor, invoice.currency))
    sheet.gap(2)
    recipient = ", ".join(text for text in (invoice.employer, invoice.employer_contact) if text)
    sheet.facts(
        [
            ("To", recipient),
            ("Issued", _day(invoice.issued_at)),
            *_payment_facts(invoice.paid_at, invoice.paid_reference),
        ]
    )
    sheet.paragraph("Electricity that employees charged at home is paid back to them, without tax.")
    for payout in invoice.payouts.select_related("contract__token").order_by("contract__name", "pk"):
        sheet.gap()
        sheet.row(payout.contract.name, money(payout.amount_minor, invoice.currency), bold=True)
        _sessions(sheet, payout)
    sheet.rule()
    if invoice.service_fee_minor:
        sheet.row("Paid back to employees", money(invoice.paid_back_minor, invoice.currency))
        for text, minor in service_rows(invoice):
            sheet.row(text, money(minor, invoice.currency))
    sheet.row("Total", money(invoice.total_minor, invoice.currency), bold=True)
    return bytes(sheet.output())


def service_rows(invoice: HomeInvoice) -> list[tuple[str, int]]:
    """Returns a row for each service fee with the number of its employees, and for the tax on them; minor units."""
    charged = invoice.payouts.filter(service_fee_minor__gt=0).values("service_fee_minor", "service_tax_pct")
    rows = []
    for group in charged.annotate(count=Count("pk")).order_by("service_tax_pct", "service_fee_minor"):
        employees = f"{group['count']} employee{'' if group['count'] == 1 else 's'}"
        unit_fee = money(group["service_fee_minor"], invoice.currency)
        rows.append((f"Service fee, {employees} at {unit_fee}", group["service_fee_minor"] * group["count"]))
    shares = sorted({group["service_tax_pct"] for group in charged} - {0})
    if shares:
        percents = " and ".join(f"{float(share):g} %" for share in shares)
        rows.append((f"VAT on the service fee, {percents}", invoice.service_tax_minor))
    return rows


def employee_pdf(payout: HomePayout) -> bytes:
    """Returns a PDF of one employee's payout for a month, with the total of the year so far."""
    invoice, contract = payout.invoice, payout.contract
    title = f"Charged at home in {invoice.month:%B %Y}"
    sheet = Sheet(title)
    sheet.head(issuer=issuer.of_home_invoice(invoice), title=title)
    sheet.total("Paid back", money(payout.amount_minor, invoice.currency))
    sheet.gap(2)
    facts = [("Employee", contract.name), ("Employer", invoice.employer), ("Card", contract.token.uid)]
    sheet.facts([*facts, ("Invoice", invoice.label), *_payment_facts(payout.paid_at, payout.paid_reference)])
    _sessions(sheet, payout)
    if payout.over_cap_minor:
        excess = money(payout.over_cap_minor, invoice.currency)
        sheet.paragraph(f"{excess} is not paid back: it is over the month's cap, which counts sessions by their end.")
    sheet.rule()
    sheet.row("Paid back for the month", money(payout.amount_minor, invoice.currency), bold=True)
    sheet.row(f"Since 1 January {invoice.month:%Y}, with this month", money(_year(payout), invoice.currency))
    return bytes(sheet.output())


def _sessions(sheet: Sheet, payout: HomePayout) -> None:
    for charge in _load_charges(HomeCharge.objects.filter(payout=payout)):
        zone = ZoneInfo(charge.session.property.time_zone)
        at = charge.session.started_at.astimezone(zone) if charge.session.started_at else None
        when = f"{at:%-d %b, %H:%M}" if at else ""
        per_kwh = f"{kwh(charge.energy_wh)} kWh at {_per_kwh(charge)}"
        sheet.row(
            f"{when}  {charge.session.charger.station_id}",
            money(charge.paid_minor, payout.invoice.currency),
            middle=per_kwh,
        )


def _year(payout: HomePayout) -> int:
    """Returns the total of all months of the year up to this one."""
    month = payout.invoice.month
    months = HomePayout.objects.filter(
        contract=payout.contract,
        invoice__currency=payout.invoice.currency,
        invoice__month__year=month.year,
        invoice__month__lte=month,
    )
    paid_minor: int | None = months.aggregate(sum=Sum("amount_minor"))["sum"]
    return paid_minor or 0


def _rows(charges: QuerySet[HomeCharge]) -> Iterator[list[object]]:
    for charge in _load_charges(charges):
        session, contract, invoice = charge.session, charge.payout.contract, charge.payout.invoice
        zone = ZoneInfo(session.property.time_zone)
        cells = [
            invoice.label, f"{invoice.month:%Y-%m}", contract.name, invoice.employer, contract.token.uid,
            session.charger.station_id, _stamp(session.started_at, zone), _stamp(session.stopped_at, zone),
            charge.energy_wh, _per_kwh(charge), charge.price_minor, charge.paid_minor, invoice.currency,
            str(session.pk),
        ]  # fmt: skip
        yield [spreadsheets.escape_formula(cell) if isinstance(cell, str) else cell for cell in cells]


def _load_charges(charges: QuerySet[HomeCharge]) -> QuerySet[HomeCharge]:
    rows = charges.select_related(
        "payout__contract__token", "payout__invoice", "session__charger", "session__property", "session__rate_version"
    )
    return rows.prefetch_related("session__ratings").order_by("payout__contract__name", "session__stopped_at")


def _per_kwh(charge: HomeCharge) -> str:
    assert charge.session.rate_version is not None
    return str(charge.session.rate_version.definition["energy"][0]["price"])


def _stamp(at: datetime | None, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat() if at else ""


def _day(at: datetime) -> str:
    return f"{at:%-d %B %Y}"


def _payment_facts(at: datetime | None, reference: str) -> list[tuple[str, str]]:
    return [("Paid", " ".join(text for text in (_day(at), reference) if text) if at else "Not yet")]
