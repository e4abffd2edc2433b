"""Lines of bank statements, imported and matched, and payouts sent by file or by the processor."""

import csv
import io
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from billing.models import BankLine, FilePayment, PaymentFile, Payout
from billing.payments.books.ledger import Code
from billing.payouts.bank_lines import imports, matching
from billing.payouts.cycle import cycle
from billing.payouts.sending import outcomes
from chargers.models import Host
from tests.kit.payouts import IBAN, Books

DAY = date(2026, 4, 7)
SENT = datetime(2026, 4, 3, 9, tzinfo=UTC)
NOW = datetime(2026, 4, 10, 12, tzinfo=UTC)
_COLUMNS = (
    "Date", "Amount", "Currency", "Account", "Counterparty", "Counterparty IBAN", "Reference", "Text", "Return code",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Line:
    """A row of a bank's CSV, in major units."""

    amount: str
    on: date = DAY
    reference: str = ""
    text: str = ""
    currency: str = "EUR"
    account: str = ""
    name: str = ""
    to: str = ""
    code: str = ""

    def cells(self, *, account: str) -> list[str]:
        return [
            self.on.isoformat(), self.amount, self.currency, self.account or account, self.name, self.to,
            self.reference, self.text, self.code,
        ]  # fmt: skip


def content(*lines: Line, account: str = "NL91ABNA0417164300") -> bytes:
    """Returns a statement of the platform's account, or of another one."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    writer.writerows(line.cells(account=account) for line in lines)
    return out.getvalue().encode()


def brought(*lines: Line, host: Host | None = None, now: datetime = NOW) -> list[BankLine]:
    """Returns imported and matched lines in the order of the file; known lines are left out."""
    written = content(*lines, account=IBAN) if host else content(*lines)
    found = imports.bring_in(io.BytesIO(written), name="lines.csv", host=host, by="user:x", now=now)
    matching.run(host, now=now)
    return list(found.file.lines.order_by("id")) if found.file else []


def explanations(lines: list[BankLine]) -> list[str]:
    """Returns the result for each line; `matched` if a payout explains it."""
    return [line.kind or line.match for line in BankLine.objects.filter(pk__in=[x.pk for x in lines]).order_by("id")]


def approved(known: Books, minor: int, *, way: str = "processor", until: datetime = SENT) -> Payout:
    """Creates an approved payout of this amount. Each further one ends its period later."""
    newest = Payout.objects.filter(host=known.host).order_by("-ends_at").first()
    until = max(until, newest.ends_at + timedelta(minutes=1)) if newest else until
    known.sale(minor, at=until - timedelta(seconds=30))
    found = cycle.close(known.scope, until=until, now=until)
    assert found is not None
    assert (found.state, found.amount_minor) == ("approved", minor)
    Payout.objects.filter(pk=found.pk).update(way=way, expected_on=DAY)
    return get(found)


def paid(known: Books, minor: int, **fields: Any) -> Payout:
    """Creates a payout that the processor has paid."""
    found = approved(known, minor)
    outcomes.mark_submitted(found, now=SENT)
    transferred = {Code.PAYOUT_IN_TRANSIT: minor, Code.PROCESSOR_CLEARING: -minor}
    known.post(None, ("payout", "sent"), transferred, at=SENT)
    values = {"transferred_minor": minor, "state": "paid", "paid_at": SENT, "trace": f"TRACE{found.number:05d}"}
    Payout.objects.filter(pk=found.pk).update(**values | fields)
    return get(found)


def by_file(known: Books, minor: int) -> Payout:
    """Creates a payout in a file for the bank, as payment P-000001-X1."""
    found = approved(known, minor, way="bank_file")
    ref = f"P-{found.number:06d}-X{known.host.pk % 100}"
    file = PaymentFile.objects.create(
        message_id=f"PAY-20260403-{found.host_id}{found.number}",
        format="csv",
        currency=found.currency,
        execution_on=SENT.date(),
        total_minor=minor,
        count=1,
        sha256="x",
        content_encrypted="x",
        made_by="user:x",
        made_at=SENT,
    )
    FilePayment.objects.create(file=file, payout=found, end_to_end_id=ref, amount_minor=minor)
    assert outcomes.mark_submitted(found, now=SENT, trace=ref)
    return get(found)


def get(payout: Payout) -> Payout:
    return Payout.objects.select_related("host", "bank_account").get(pk=payout.pk)
