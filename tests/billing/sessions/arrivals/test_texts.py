"""What the message says: a host's own words or the usual ones, with names in braces that are filled in."""

import pytest
from django.core import mail

from billing.models import ArrivalPolicy, ArrivalText
from billing.sessions.arrivals import messages, texts
from tests.kit.bookings import now
from tests.kit.messages import coming, delivering, site

__all__ = ["delivering", "site"]
pytestmark = pytest.mark.django_db


def test_own_words_are_sent_and_an_unknown_name_is_refused(site, delivering):
    ArrivalText.objects.create(host=site.host, language="nl", subject="Welkom {guest}", text="{link}\n{code}")
    ArrivalPolicy.objects.update(language="nl")
    coming(site)

    messages.write_due(now=now())
    messages.send_due(now=now())

    assert mail.outbox[0].subject == "Welkom Melanie"
    with pytest.raises(texts.UnknownNameError, match=r"\{gast\}"):
        texts.check("Hallo {gast}")
