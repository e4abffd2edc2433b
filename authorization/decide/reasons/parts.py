"""The parts of an entry in the catalogue of reasons. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never


def _(message: str) -> str:
    """Marks a text for translation; gettext is applied where it is shown."""
    return message


class Audience(StrEnum):
    """The audience of an explanation."""

    GUEST = "guest"
    HOST = "host"
    AGENT = "agent"


class Remedy(StrEnum):
    """Who has to act."""

    DRIVER = "driver"
    HOST = "host"
    PROVIDER = "mobility provider"
    EMPLOYER = "employer"
    ROAMING_PARTNER = "roaming partner"
    LEADER = "other back office"
    INSTALLER = "installer"
    SUPPORT = "support"


class JudgedBy(StrEnum):
    """The source of the reason: the decision chain, or another part of the system."""

    CHAIN = "chain"
    LEADER = "leader"
    CHARGER = "charger"
    CALLER = "caller"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class NextStep:
    """One thing to do. `link` is a template for `links.fill`: {charger_id}, {station_id}, {property}, {uid}."""

    text: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Advice:
    """What a refusal means to one audience, and what they do next, in order."""

    meaning: str
    next_steps: tuple[NextStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statuses:
    """The status of a reason in each protocol; None: the reason is never sent there.

    `ocpp_16`: OCPP 1.6 7.2 AuthorizationStatus; `ocpp_2x`: OCPP 2.0.1 3.3 AuthorizationStatusEnumType;
    `ocpi`: OCPI 2.2.1 12.4.1 AllowedType.
    """

    ocpp_16: str | None = None
    ocpp_2x: str | None = None
    ocpi: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One entry of the catalogue. A code never changes its meaning."""

    code: str
    title: str
    statuses: Statuses
    remedies: tuple[Remedy, ...]
    guest: Advice
    host: Advice
    agent: Advice
    judged_by: JudgedBy = JudgedBy.CHAIN

    def advice(self, audience: Audience) -> Advice:
        match audience:
            case Audience.GUEST:
                return self.guest
            case Audience.HOST:
                return self.host
            case Audience.AGENT:
                return self.agent
            case _:
                assert_never(audience)


OPEN_CHARGER = "/chargers/{charger_id}/"
OPEN_SETUP = "/chargers/{charger_id}/setup/"
OPEN_CONNECTION = "/chargers/{charger_id}/connection/"
OPEN_LOCAL_LIST = "/chargers/{charger_id}/local-list/"
OPEN_CONFIGURATION = "/chargers/{charger_id}/configuration/"
OPEN_MESSAGES = "/chargers/{charger_id}/logs/"
OPEN_PROXY = "/chargers/{charger_id}/proxy/"
OPEN_PROPERTY = "/properties/{property}/"
OPEN_HOLDS = "/properties/{property}/holds/"
OPEN_TOKEN = "/authorization/tokens/?q={uid}"  # noqa: S105 - an address
ADD_TOKEN = "/authorization/tokens/add/?uid={uid}&charger={charger_id}"  # noqa: S105 - an address
OPEN_GROUPS = "/authorization/groups/"
OPEN_PROVIDERS = "/authorization/providers/"
OPEN_DECISIONS = "/authorization/decisions/?q={uid}"
ENTER_STATION_ID = "/charge"
OPEN_GUEST_PAGE = "/c/{station_id}"
ENTER_BOOKING = "/c/{station_id}/booking"
ASK_FOR_ACCESS = "/c/{station_id}/ask"
OPEN_REIMBURSEMENT = "/authorization/reimbursement/?q={uid}&charger={charger_id}"
OPEN_STAYS = "/authorization/stays/?q={uid}"
OPEN_REQUESTS = "/authorization/requests/"
