"""What the tests of guest.asking and lookup.lately share."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from authorization.decide import decisions
from authorization.models import Decision, Token
from billing.models import Session
from chargers.models import Property
from support.models import Conversation
from tests.kit import charging
from tests.kit.world import World


@pytest.fixture(autouse=True)
def _nobody_was_counted_yet(settings, tmp_path):
    settings.DATA_DIR = tmp_path


class Talk:
    """One person's conversation, through its pages."""

    def __init__(self, begin: str, text: str, *, client: Client | None = None, language: str = "en") -> None:
        self.client = client or Client(headers={"accept-language": language})
        answer = self.client.post(begin, {"text": text}, follow=True)
        self.address = answer.redirect_chain[-1][0]
        self.page = shown(answer)

    def send(self, **posted: str) -> str:
        self.page = shown(self.client.post(self.address, posted, follow=True))
        return self.page

    @property
    def row(self) -> Conversation:
        return Conversation.objects.get(secret=self.address.split("/")[-2])


def shown(response) -> str:
    return response.content.decode().replace("&#x27;", "'").replace("&quot;", '"')


def refused_start(world, *, uid: str = "04A1B2C30042") -> None:
    """A member's card that works elsewhere was refused three minutes ago."""
    at = datetime.now(tz=UTC) - timedelta(minutes=3)
    token = Token.objects.create(host=world.host, uid=uid, canonical_uid=uid, visual_number="NL-SUN-7781")
    question = decisions.Question(kind="start", uid=uid, at=at)
    decisions.decide(charger=world.charger, question=question, now=at)
    Decision.objects.update(reason="already_charging", verdict="refused", token=token)


@pytest.fixture
def paid(world: World) -> Session:
    """A guest who paid 9.00 with the card ending in 4242."""
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    return charging.guest(world.charger)


@pytest.fixture
def running(world: World, station) -> Session:
    """A guest's session that is charging now."""
    session = charging.paid_for(world.charger, at=datetime.now(tz=UTC))
    charging.start(world.charger, uid=session.id_token, at=datetime.now(tz=UTC) - timedelta(minutes=20))
    session.refresh_from_db()
    return session
