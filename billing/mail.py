"""The mails with documents: a few lines of text, the link, and the PDF, in the driver's language."""

from datetime import UTC, datetime
from typing import Any, Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from authorization.accounts import mail as mails
from billing.branding import brands, domains
from billing.formatting.money import money
from billing.models import OutgoingMail, Receipt, Receivable, Refund, ReportRun, Session, Statement
from billing.payouts.statements import files
from billing.sessions.documents import outbox, paper
from billing.sessions.home import home_files
from billing.sessions.lifecycle import session_csv
from billing.sessions.scheduled_reports import scheduled_reports

_MAX_ATTACHED_BYTES: Final = 5_000_000


def send(mail: OutgoingMail) -> None:
    """Sends the mail. A repeat has the same Message-ID.

    Raises outbox.FailedError if no server accepted it; PrintedError if none is configured.
    """
    with translation.override(mail.language):
        message = _message(mail, mail.receipt) if mail.receipt else _build_plain_message(mail)
    outbox.deliver(message)


def changes_since(receipt: Receipt) -> list[str]:
    """Returns what has happened to a document since it was issued: replaced, refunded."""
    newer = Receipt.objects.filter(replaces=receipt).first()
    parts = [_("Replaced by %(number)s.") % {"number": newer.label}] if newer else []
    if receipt.kind == Receipt.Kind.CREDIT_NOTE:
        return parts
    done_refunds = Refund.objects.filter(receipt__session=receipt.session_id, state=Refund.State.DONE)
    for refund in done_refunds.select_related("credit_note").order_by("id"):
        values = {"amount": money(refund.total_minor, refund.currency), "number": refund.credit_note}
        parts.append(_("%(amount)s was given back (credit note %(number)s).") % values)
    return parts


def file_name(document: dict[str, Any]) -> str:
    kind = "credit-note" if "credit_of" in document else "receipt"
    return f"{kind}-{document.get('number', 'provisional')}.pdf"


def _build_plain_message(mail: OutgoingMail) -> EmailMessage:
    if mail.home_invoice or mail.home_payout:
        return _build_home_message(mail)
    text = f"{mail.text}\n\n{_address(mail)}\n"
    headers = {"Message-ID": f"<mail-{mail.pk}@charging>"} | mail.headers
    style = brands.mail_style(mail.session.host) if mail.session else None
    message = mails.compose(mail.subject, text, mail.address, style=style, headers=headers)
    if mail.statement and mail.statement.pdf_bytes <= _MAX_ATTACHED_BYTES:
        content = b"".join(files.read(mail.statement, files.Format.PDF))
        message.attach(f"statement-{mail.statement.label}.pdf", content, "application/pdf")
    if mail.report_run:
        message.attach(*_report(mail.report_run))
    return message


def _report(run: ReportRun) -> tuple[str, bytes, str]:
    """Returns the file of a scheduled report, with current data."""
    rows = scheduled_reports.sessions_of(run).iterator(chunk_size=500)
    content = b"".join(session_csv.render_pieces(rows, now=datetime.now(tz=UTC)))
    return f"sessions-{run.schedule.host.slug}-{run.begins_at:%Y-%m-%d}.csv", content, "text/csv"


def _build_home_message(mail: OutgoingMail) -> EmailMessage:
    """Returns the mail to an employer: employers have no account here, so the PDF is attached, and there is no link."""
    headers = {"Message-ID": f"<mail-{mail.pk}@charging>"}
    message = mails.compose(mail.subject, f"{mail.text}\n", mail.address, headers=headers)
    if mail.home_invoice:
        name, content = mail.home_invoice.label, home_files.employer_pdf(mail.home_invoice)
    else:
        assert mail.home_payout is not None
        name, content = mail.home_payout.reference, home_files.employee_pdf(mail.home_payout)
    message.attach(f"{name}.pdf", content, "application/pdf")
    return message


def _address(mail: OutgoingMail) -> str:
    """Returns the address of the page with more details; a session's is at the host's own domain, if it has one."""
    page = _details_page(mail)
    if mail.session is not None and page.startswith("/s/"):
        return domains.base_address(mail.session.host_id) + page
    return settings.PUBLIC_BASE_URL + page


def _details_page(mail: OutgoingMail) -> str:
    """Returns the page with more details."""
    if mail.page:
        return mail.page
    if mail.alert_rule_id or mail.report_run_id:
        return reverse("portal:alerts")
    if mail.payout_id:
        return reverse("billing:payout", args=[mail.payout_id])
    if mail.bank_account:
        return reverse("billing:bank-accounts", args=[mail.bank_account.host.slug])
    if mail.payee:
        return reverse("billing:payout-agreement", args=[mail.payee.slug])
    if mail.statement:
        return _page_of_statement(mail.statement)
    return _page_of(mail.session) if mail.session else reverse("drive:plans")


def _page_of_statement(statement: Statement) -> str:
    name = f"{statement.begins_on:%Y}" if statement.kind == Statement.Kind.YEAR else f"{statement.begins_on:%Y-%m}"
    page = reverse("billing:statement", args=[statement.host.slug, statement.currency, name])
    return f"{page}?property={statement.property.slug}" if statement.property else page


def _page_of(session: Session) -> str:
    """Returns the receipt's page if there is one, else the session's."""
    return reverse("guest:receipt" if session.receipts.exists() else "guest:session", args=[session.secret])


def _message(mail: OutgoingMail, receipt: Receipt) -> EmailMessage:
    session = receipt.session
    link = domains.base_address(session.host_id) + reverse("guest:document", args=[session.secret, receipt.label])
    title, document = paper.title_of(receipt.document), receipt.document
    is_credit = receipt.kind == Receipt.Kind.CREDIT_NOTE
    total = document["total"] if is_credit else document["report"]["total"]
    currency = document["currency"] if is_credit else document["report"]["currency"]
    context = {"document": document, "title": title, "link": link, "total": total, "currency": currency}
    text = render_to_string("guest/mail/document.txt", context | {"is_credit": is_credit})
    message = mails.compose(
        f"{title}, {document['operator']['name']}",
        text,
        mail.address,
        style=brands.mail_style(session.host),
        headers={"Message-ID": f"<document-{receipt.pk}-{mail.pk}-{mail.asked_at:%Y%m%d%H%M%S}@charging>"},
    )
    owed = Receivable.objects.filter(session=session).order_by("-id").first()
    message.attach(
        file_name(document), paper.pdf(document, later_changes=changes_since(receipt), owed=owed), "application/pdf"
    )
    return message
