"""Track."""

from datetime import timedelta
from typing import Final

from authorization.pms.systems.entry import Credential, KnownSystem, to_charge
from authorization.pms.systems.track import calls

SYSTEM: Final = KnownSystem(
    kind="track",
    name="Track",
    means="All units of an account, by an API key of your Track server.",
    system=calls,
    every=timedelta(minutes=5),
    address_help="Of your own Track server, such as https://yourcompany.trackhs.com.",
    credentials=(
        Credential(name="key", label="API key"),
        Credential(name="secret", label="API secret"),
        to_charge("fee_type", "Fee type for charging"),
    ),
    reads_changes=True,
    cashier=calls,
)
