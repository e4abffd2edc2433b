"""What the tests of cdrs.api, cdrs.stored_form, locations.api, pushes.pushing, pushes.upkeep and tariffs.api share."""

from datetime import UTC, datetime, timedelta

from tests.billing.roaming.conftest import roaming_session


def pushes(partner, module):
    return [
        (request.method, request.path.split(f"/{module}", 1)[1])
        for request in partner.requests
        if request.module == module and request.method != "GET"
    ]


def body_of(partner, module):
    return next(iter(partner.held(module)))


def finish(site, session):
    row, at = session.transaction, session.started_at
    site.reading(row, 1000, at=at)
    site.reading(row, 13000, at=at + timedelta(minutes=60))
    site.stop(row, 13000, at=at + timedelta(minutes=60), reason="EVDisconnected")
    site.work(now=datetime.now(tz=UTC))
    session.refresh_from_db()
    assert session.state == "settled", session.state_reason


def settled_session(site, msp):
    session = roaming_session(site, msp, at=datetime.now(tz=UTC) - timedelta(hours=2), settles=False)
    finish(site, session)
    return session
