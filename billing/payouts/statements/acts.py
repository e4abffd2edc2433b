"""User actions on statements: e-mail subscriptions, and the yearly seller report."""

from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import User
from authorization.people import access
from authorization.people.roles import Right
from billing.models import ReportingThreshold
from billing.payouts.statements import readers
from billing.payouts.statements import seller_report as report
from chargers.models import Host


def send_me(host: Host, *, is_subscribed: bool, by: User, now: datetime) -> bool:
    """Subscribes or unsubscribes the user to the host's statements; False if nothing changed.

    Raises NotAllowedError.
    """
    access.require(by, Right.SEE_MONEY, host)
    with transaction.atomic():
        is_new = readers.begin(by, host, now=now) if is_subscribed else readers.stop(by, host)
        if is_new:
            verb = "statements.sent" if is_subscribed else "statements.not_sent"
            audit.write(verb, audit.Subject("host", host.pk, host.name, host), user=by, now=now)
    return is_new


def seller_report(year: int, *, country: str, is_whole: bool, by: User, now: datetime) -> str:
    """Returns the report as CSV, for agents, and logs it and whether it has full numbers in the audit trail.

    Raises NotAllowedError.
    """
    access.require_agent(by, Right.HANDLE_MONEY)
    with transaction.atomic():
        sellers = report.sellers(year, country=country)
        after = {"country": country or "all", "sellers": len(sellers), "numbers": "whole" if is_whole else "masked"}
        audit.write(
            "seller_report.made", audit.Subject("seller_report", year, str(year)), user=by, now=now, after=after
        )
    return report.render_csv(sellers, year=year, is_whole=is_whole)


def set_threshold(
    scheme: str, *, from_year: int, currency: str, above_minor: int, above_count: int, by: User, now: datetime
) -> None:
    """Sets the sums above which hosts are reported since a year; for agents, when a law changes.

    Raises NotAllowedError.
    """
    access.require_agent(by, Right.HANDLE_MONEY)
    values = {"currency": currency, "above_minor": above_minor, "above_count": above_count}
    with transaction.atomic():
        thresholds = ReportingThreshold.objects.filter(scheme=scheme, from_year=from_year)
        before = thresholds.values(*values).first()
        ReportingThreshold.objects.update_or_create(scheme=scheme, from_year=from_year, defaults=values)
        subject = audit.Subject("reporting_threshold", f"{scheme}/{from_year}", f"{scheme} from {from_year}")
        audit.write("seller_report.threshold_set", subject, user=by, now=now, before=before, after=values)


def remove_threshold(threshold: ReportingThreshold, *, by: User, now: datetime) -> bool:
    """Removes a threshold entered by mistake; False if it is already gone. Raises NotAllowedError."""
    access.require_agent(by, Right.HANDLE_MONEY)
    with transaction.atomic():
        thresholds = ReportingThreshold.objects.filter(pk=threshold.pk)
        before = thresholds.values("currency", "above_minor", "above_count").first()
        if before is None:
            return False
        thresholds.delete()
        name = f"{threshold.scheme} from {threshold.from_year}"
        subject = audit.Subject("reporting_threshold", f"{threshold.scheme}/{threshold.from_year}", name)
        audit.write("seller_report.threshold_removed", subject, user=by, now=now, before=before)
    return True
