"""Messages of chargers and replies to them, independent of OCPP versions: values between translators and flows.

Pure. Texts are as the charger wrote them, cut to the database's limits; every time includes the charger's text next to
its meaning, because chargers' clocks may be wrong. Energy in Wh, power in W, durations in s, times aware UTC.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum

from chargers.protocol.frames import Fault


@dataclass(frozen=True, slots=True)
class Deviation:
    """A way in which an understandable message differs from the standard or is implausible."""

    path: str
    sentence: str


@dataclass(frozen=True, slots=True)
class StatedTime:
    """A time as the charger wrote it; `at` is None if it is missing or impossible."""

    text: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class IdToken:
    """A presented token; `type` is OCPP 2.x's, empty in 1.6."""

    text: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class MeterReading:
    """All values sampled at one time.

    `register_wh` is the total energy imported by the meter; `samples` is the JSON text of the sampled values exactly as
    received; `kinds` names what was sampled (measurand, phase, location, context of each).
    """

    time: StatedTime
    register_wh: int | None
    power_w: int | None
    soc_pct: int | None
    context: str
    samples: str
    kinds: str


@dataclass(frozen=True, slots=True)
class BootReported:
    vendor: str
    model: str
    serial_number: str
    firmware_version: str
    iccid: str
    imsi: str
    meter_type: str
    meter_serial_number: str
    reason: str


@dataclass(frozen=True, slots=True)
class HeartbeatReceived:
    pass


@dataclass(frozen=True, slots=True)
class StatusReported:
    """`evse` None is the charger itself (1.6 connector 0); `connector` None is every connector of the EVSE."""

    evse: int | None
    connector: int | None
    status: str
    error_code: str
    vendor_error_code: str
    info: str
    vendor_id: str
    time: StatedTime


class Contract(Enum):
    """The contract certificate sent with a token (OCPP 2.0.1 C07): none, its hashes, or the whole chain."""

    NONE = "none"
    HASHES = "hashes"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class AuthorizeRequested:
    id_token: IdToken
    contract: Contract = Contract.NONE


@dataclass(frozen=True, slots=True)
class TransactionStarted:
    """`transaction_id` None: a 1.6 charger, to which we assign the id in our answer."""

    transaction_id: str | None
    evse: int | None
    connector: int | None
    id_token: IdToken | None
    meter_start_wh: int | None
    time: StatedTime
    offline: bool = False
    seq_no: int | None = None
    remote_start_id: int | None = None
    reservation_id: int | None = None
    charging_state: str = ""
    trigger: str = ""
    readings: tuple[MeterReading, ...] = ()
    no_authorization: bool = False
    """OCPP 2.x: the station states that no token was required (type NoAuthorization)."""


@dataclass(frozen=True, slots=True)
class TransactionUpdated:
    """OCPP 2.x only; with `id_token` the charger asks whether that token may continue."""

    transaction_id: str
    evse: int | None
    connector: int | None
    id_token: IdToken | None
    time: StatedTime
    offline: bool
    seq_no: int | None
    remote_start_id: int | None
    charging_state: str
    trigger: str
    readings: tuple[MeterReading, ...]


@dataclass(frozen=True, slots=True)
class TransactionEnded:
    """`transaction_id` None: the charger never got it (0, -1 or missing); `stated_id` is what it wrote."""

    transaction_id: str | None
    stated_id: str
    id_token: IdToken | None
    meter_stop_wh: int | None
    reason: str
    time: StatedTime
    evse: int | None = None
    connector: int | None = None
    offline: bool = False
    seq_no: int | None = None
    remote_start_id: int | None = None
    charging_state: str = ""
    trigger: str = ""
    readings: tuple[MeterReading, ...] = ()
    no_authorization: bool = False


@dataclass(frozen=True, slots=True)
class MeterValuesReported:
    """`transaction_id` None: outside any transaction, according to the charger."""

    evse: int | None
    transaction_id: str | None
    readings: tuple[MeterReading, ...]


@dataclass(frozen=True, slots=True)
class DataTransferReceived:
    """`data` is text; an object is converted to its JSON text."""

    vendor_id: str
    message_id: str
    data: str


@dataclass(frozen=True, slots=True)
class ReportedVariable:
    """`value` None: the charger does not report it. `component` empty: a 1.6 configuration key."""

    component: str
    component_instance: str
    evse: int | None
    connector: int | None
    name: str
    instance: str
    attribute: str
    value: str | None
    mutability: str


@dataclass(frozen=True, slots=True)
class VariablesReported:
    request_id: int | None
    seq_no: int | None
    more_follows: bool
    variables: tuple[ReportedVariable, ...]


@dataclass(frozen=True, slots=True)
class MonitoredEvent:
    """An entry of NotifyEvent: a readable sentence and the JSON text of the whole entry.

    `status` is set if it reports the availability of a connector instead of StatusNotification.
    """

    time: StatedTime
    summary: str
    payload: str
    trigger: str = ""
    evse: int | None = None
    transaction_id: str = ""
    status: StatusReported | None = None


@dataclass(frozen=True, slots=True)
class EventsReported:
    events: tuple[MonitoredEvent, ...]


@dataclass(frozen=True, slots=True)
class SecurityEventReported:
    type: str
    tech_info: str
    time: StatedTime


class Topic(StrEnum):
    """The topic of a notice; pages group by it."""

    FIRMWARE = "firmware"
    UPLOAD = "upload"
    SECURITY = "security"
    MONITORING = "monitoring"
    SETTINGS = "settings"
    LIMITS = "limits"
    RESERVATION = "reservation"
    DISPLAY = "display"
    CUSTOMER = "customer"
    CERTIFICATES = "certificates"
    PAYMENT = "payment"
    GRID = "grid"
    VENDOR = "vendor"
    PROTOCOL = "protocol"


@dataclass(frozen=True, slots=True)
class Proof:
    """The orders that a message proves to be fulfilled; `part` must be contained in the order's payload."""

    actions: tuple[str, ...]
    part: tuple[tuple[str, str | int], ...] = ()


@dataclass(frozen=True, slots=True)
class CertificateRequested:
    """`use` is OCPP 2.x's certificateType, empty in 1.6; `request_id` is of 2.1 only."""

    csr: str
    use: str
    request_id: int | None


@dataclass(frozen=True, slots=True)
class NoticeReceived:
    """A charger's report about itself: a readable sentence, its name for the state, and the whole as JSON.

    `reply` is the complete answer; `request_id` is the id of our request that it belongs to.
    """

    kind: str
    topic: Topic
    summary: str
    time: StatedTime
    payload: str
    state: str = ""
    request_id: int | None = None
    evse: int | None = None
    transaction_id: str = ""
    proof: Proof | None = None
    disproof: Proof | None = None
    """The orders that turn out not to be fulfilled, whatever proved it before."""
    reply: "NoticeReply | None" = None


@dataclass(frozen=True, slots=True)
class StreamOpened:
    """OCPP 2.1 N11: values of a variable monitoring will come without waiting for answers."""

    stream_id: int
    monitor_id: int | None
    interval_s: int | None
    payload: str


@dataclass(frozen=True, slots=True)
class StreamClosed:
    stream_id: int


@dataclass(frozen=True, slots=True)
class StreamSample:
    """A value as text; `at` is None if its time is impossible."""

    at: datetime | None
    value: str


@dataclass(frozen=True, slots=True)
class StreamReported:
    """Values of a stream; `pending` values are still in the charger."""

    stream_id: int
    pending: int | None
    samples: tuple[StreamSample, ...]


Event = (
    BootReported
    | HeartbeatReceived
    | StatusReported
    | AuthorizeRequested
    | TransactionStarted
    | TransactionUpdated
    | TransactionEnded
    | MeterValuesReported
    | DataTransferReceived
    | VariablesReported
    | EventsReported
    | SecurityEventReported
    | CertificateRequested
    | NoticeReceived
    | StreamOpened
    | StreamClosed
    | StreamReported
)


@dataclass(frozen=True, slots=True)
class Understood:
    """A readable message, with its deviations and its search terms."""

    event: Event
    deviations: tuple[Deviation, ...] = ()


@dataclass(frozen=True, slots=True)
class Misfit:
    """A message that cannot become an event, with the CALLERROR as its answer."""

    fault: Fault
    path: str
    sentence: str


class BootStatus(Enum):
    ACCEPTED = "Accepted"
    PENDING = "Pending"
    REJECTED = "Rejected"


@dataclass(frozen=True, slots=True)
class BootAnswered:
    status: BootStatus
    now: datetime
    interval_s: int


@dataclass(frozen=True, slots=True)
class HeartbeatAnswered:
    now: datetime


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The empty answer."""


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """Our reply about a token: OCPP's status for both families, the parent and the expiry."""

    status_16: str
    status_2x: str
    parent: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuthorizeAnswered:
    """`certificate_status` is about a contract certificate, as OCPP 2.x names it; "" if none was presented."""

    token: TokenAnswer
    certificate_status: str = ""


@dataclass(frozen=True, slots=True)
class TransactionAnswered:
    """`transaction_id` is the id that we assigned to a 1.6 start; without `token`, no idTagInfo is sent."""

    transaction_id: int | None
    token: TokenAnswer | None


class DataTransferStatus(Enum):
    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    UNKNOWN_MESSAGE = "UnknownMessageId"
    UNKNOWN_VENDOR = "UnknownVendorId"


@dataclass(frozen=True, slots=True)
class DataTransferAnswered:
    status: DataTransferStatus


@dataclass(frozen=True, slots=True)
class StatusAnswered:
    """A status of OCPP 2.x with its reason: a code of at most 20 characters, and a readable text."""

    status: str
    code: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class ContractAnswered:
    """OCPP 2.x M01: we issue no contract certificates."""

    words: str


@dataclass(frozen=True, slots=True)
class VatAnswered:
    """OCPP 2.1 I08: the number could not be checked."""

    number: str
    evse: int | None
    words: str


@dataclass(frozen=True, slots=True)
class AskedCertificate:
    """A certificate of a chain by its hashes (OCPP 2.1 CertificateHashDataType), and where to query its status."""

    algorithm: str
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str
    source: str


@dataclass(frozen=True, slots=True)
class ChainStatusAnswered:
    """OCPP 2.1 M: the status of none of these certificates is known."""

    certificates: tuple[AskedCertificate, ...]
    ask_again_at: datetime


NoticeReply = StatusAnswered | ContractAnswered | VatAnswered | ChainStatusAnswered


@dataclass(frozen=True, slots=True)
class CertificateRequestAnswered:
    """Empty `fault`: accepted, and the certificate follows in a separate command."""

    fault: str


Reply = (
    BootAnswered
    | HeartbeatAnswered
    | Acknowledged
    | AuthorizeAnswered
    | TransactionAnswered
    | DataTransferAnswered
    | NoticeReply
    | CertificateRequestAnswered
)
