"""The stories of the demo's chargers, repeated for ever. Each describes a behaviour in a few steps."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from chargers.simulator import guests
from chargers.simulator.device import Device, Device16, Identity
from chargers.simulator.link import CallFailedError, RefusedError
from chargers.simulator.station import Device2

METER_INTERVAL_S = 5.0
_REPLAYED_W = 3_600
_RETRY_DELAY_S = 3.0
HOME_UID = "04FFEE0042"
_HOME_FROM_WH = 10_000
_FIRST_WH = (100_000, 900_000)
"""Everything before the demo is below this register."""
Story = Callable[[Device], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Role:
    """A charger of the demo: its identity and its story."""

    charger_id: str
    password: str
    kind: type[Device]
    outlets: int
    model: str
    story: Story
    power_w: int = 11_000
    """The power of a car whose start is ordered, within the outlets' power."""


async def charge(
    device: Device,
    *,
    outlet: int,
    uid: str,
    power_w: int,
    seconds: float,
    reason: str = "Local",
    remote_start_id: int | None = None,
    overstay_s: float = 0,
) -> str:
    """Charges from the plug to the free outlet; stops early on a remote stop. Returns the status of the start."""
    await device.report(outlet, "Preparing")
    status = await device.start(outlet, uid, remote_start_id=remote_start_id)
    if status != "Accepted":
        device.log(f"start by {uid} on outlet {outlet}: {status}")
        await device.stop(outlet, reason="DeAuthorized")
        await device.report(outlet, "Available")
        return status
    await device.report(outlet, "Charging")
    device.log(f"{uid} charges on outlet {outlet} with {power_w / 1000:g} kW")
    state = device.outlets[outlet]
    clock = asyncio.get_running_loop().time
    began = last_metered = clock()
    while clock() - began < seconds and not state.stop_requested.is_set():
        drawn_w = device.power_allowed(outlet, power_w=power_w, elapsed_s=clock() - began)
        await _hold(device, outlet, is_paused=drawn_w == 0)
        await _pause(METER_INTERVAL_S, state.stop_requested)
        state.register_wh += drawn_w * (clock() - last_metered) / 3600
        last_metered = clock()
        await device.meter(outlet, power_w=drawn_w)
    state.is_held = False
    if overstay_s:
        await device.report(outlet, "SuspendedEV")
        device.log(f"{uid} is full and stays plugged in")
        await asyncio.sleep(overstay_s)
    await device.stop(outlet, reason="Remote" if state.stop_requested.is_set() else reason)
    await device.report(outlet, "Finishing")
    await asyncio.sleep(5)
    await device.report(outlet, "Available")
    device.log(f"{uid} is done on outlet {outlet}")
    return status


async def _hold(device: Device, outlet: int, *, is_paused: bool) -> None:
    """Logs when the limit pauses the vehicle, and when charging resumes."""
    state = device.outlets[outlet]
    if state.is_held == is_paused:
        return
    state.is_held = is_paused
    await device.report(outlet, "SuspendedEVSE" if is_paused else "Charging")
    device.log(f"{'pauses' if is_paused else 'goes on with'} {state.uid} on outlet {outlet}: its limit says so")


async def present_card(device: Device, uid: str) -> bool:
    """Presents a card to the reader."""
    status = await device.authorize(uid)
    device.log(f"card {uid}: {status}")
    return status == "Accepted"


async def good_member(device: Device) -> None:
    """Charges a resident's car every few minutes; the car names itself first, and needs no card after the resident
    agreed.
    """
    while True:
        if await present_card(device, "VID:3C5AB4D2E1F0"):
            await charge(device, outlet=1, uid="VID:3C5AB4D2E1F0", power_w=11000, seconds=180)
        elif await present_card(device, "04A1B2C3D4"):
            await charge(device, outlet=1, uid="04A1B2C3D4", power_w=11000, seconds=180)
        await asyncio.sleep(30)


async def refused_cards(device: Device) -> None:
    """Presents cards that are refused: a stranger's, and a resident's at another property.

    Before that, an employee's charging at home last month, and a meter that jumps.
    """
    await home_last_month(device)
    await impossible_energy(device)
    while True:
        await present_card(device, "04DEADBEEF01")
        await asyncio.sleep(20)
        await present_card(device, "04A1B2C3D4")
        await asyncio.sleep(40)


async def home_last_month(device: Device) -> None:
    """Reports four evenings of last month that the charger stored while offline; every replay is identical."""
    outlet = device.outlets[1]
    register_wh = outlet.register_wh
    month = datetime.now(tz=UTC).replace(day=1, hour=22, minute=30, second=0, microsecond=0) - timedelta(days=1)
    outlet.register_wh = _HOME_FROM_WH
    for day, energy_wh in ((4, 21_400), (11, 18_250), (18, 33_900), (25, 12_700)):
        begin = month.replace(day=day)
        await device.start(1, HOME_UID, at=begin)
        for quarter in range(1, 5):
            outlet.register_wh += energy_wh / 4
            await device.meter(1, power_w=energy_wh // 5, at=begin + timedelta(minutes=75 * quarter))
        await device.stop(1, reason="EVDisconnected", at=begin + timedelta(hours=5, minutes=10))
    await device.report(1, "Available")
    outlet.register_wh = register_wh
    device.log(f"reports last month's charging with {HOME_UID}, kept while it had no line")


async def impossible_energy(device: Device) -> None:
    """Charges for a minute while the meter claims 900 kWh: a session for review, never a bill."""
    if not await present_card(device, "04A1B2C3D7"):
        return
    await device.start(1, "04A1B2C3D7")
    await asyncio.sleep(20)
    device.outlets[1].register_wh += 909_948
    await device.stop(1, reason="Local")
    await device.report(1, "Available")
    device.log("its meter jumped by 909.948 kWh")


async def offline_and_replay(device: Device) -> None:
    """Charges a car while the line is down, and reports it once the line is back.

    The first charge began up to 90 minutes before the story, as if the line had been down before.
    """
    start: datetime | None = datetime.now(tz=UTC) - timedelta(minutes=random.randint(30, 90))  # noqa: S311 - a story
    while True:
        await asyncio.sleep(45)
        device.log("loses its line")
        if device.link:
            await device.link.drop()
        start = start or datetime.now(tz=UTC)
        await asyncio.sleep(20)
        end = datetime.now(tz=UTC)
        await device.connect("Unknown")
        device.log("is back and replays what happened meanwhile")
        await device.start(1, "04A1B2C3D5", at=start)
        for step in range(1, 7):
            device.outlets[1].register_wh += _REPLAYED_W * (end - start) / timedelta(hours=6)
            await device.meter(1, power_w=_REPLAYED_W, at=start + (end - start) * step / 7)
        await device.stop(1, reason="EVDisconnected", at=end)
        await device.report(1, "Available")
        start = None


async def faulted_connector(device: Device) -> None:
    """Has a ground failure at the second outlet; at the first a full car stays too long."""
    while True:
        await device.report(2, "Faulted", "GroundFailure")
        if await present_card(device, "04A1B2C3D6"):
            await charge(device, outlet=1, uid="04A1B2C3D6", power_w=7400, seconds=90, overstay_s=200)
        await asyncio.sleep(60)


async def led_by_another(device: Device) -> None:
    """Presents cards where another back office leads: it refuses one that we know, and accepts one that we do not."""
    while True:
        await present_card(device, "04A1B2C3D7")
        await asyncio.sleep(15)
        if await present_card(device, "PARTNER0001"):
            await charge(device, outlet=1, uid="PARTNER0001", power_w=11000, seconds=60)
        await asyncio.sleep(40)


async def long_stay(device: Device) -> None:
    """Charges a car for long in a garage whose cars share a limit."""
    while True:
        if await present_card(device, "04A1B2C3D8"):
            await charge(device, outlet=1, uid="04A1B2C3D8", power_w=11000, seconds=600)
        await asyncio.sleep(60)


async def short_stays(device: Device) -> None:
    """Charges cars for short times next to it."""
    while True:
        await asyncio.sleep(50)
        if await present_card(device, "04A1B2C3D9"):
            await charge(device, outlet=1, uid="04A1B2C3D9", power_w=11000, seconds=120)


async def station_2(device: Device) -> None:
    """Runs a 2.0.1 station: a roaming card on one EVSE, a guest's fast session on the other."""
    await ask_providers(device)
    while True:
        if await present_card(device, "NLEMS0000042"):
            await charge(device, outlet=1, uid="NLEMS0000042", power_w=50000, seconds=150)
        await asyncio.sleep(10)
        await ask_providers(device)
        await asyncio.sleep(30)


async def ask_providers(device: Device) -> None:
    """Presents cards whose providers are asked: one accepts, one has no credit, one answers too late."""
    for uid in ("NLEMS0000402", "DESLO0000007"):
        await present_card(device, uid)
        await asyncio.sleep(5)
    if await present_card(device, "NLEMS0000101"):
        await charge(device, outlet=1, uid="NLEMS0000101", power_w=22000, seconds=60)


ROLES = (
    Role("CP-SUNSET-1", "sunset-1-secret-key", Device16, 2, "Wall Duo", good_member),
    Role("CP-SUNSET-2", "sunset-2-secret-key", Device16, 1, "Wall Uno", offline_and_replay),
    Role("CP-BLUFF-1", "bluff-1-secret-key-0", Device16, 1, "Wall Uno", refused_cards),
    Role("CP-BLUFF-2", "bluff-2-secret-key-0", Device16, 1, "Wall Uno", led_by_another),
    Role("CP-HARBOUR-1", "harbour-1-secret-key", Device2, 2, "Fast 50", station_2),
    Role("CP-HARBOUR-2", "harbour-2-secret-key", Device16, 2, "Wall Duo", faulted_connector, power_w=7400),
    Role("CP-PIER-1", "pier-1-secret-key-00", Device16, 1, "Wall Uno", long_stay),
    Role("CP-PIER-2", "pier-2-secret-key-00", Device2, 1, "Wall Uno", short_stays),
)


async def play(role: Role, *, url: str, log: Callable[[str], None]) -> None:
    """Plays a role for ever; reconnects when the line is lost, as a charger does."""
    identity = Identity(
        url=url, charger_id=role.charger_id, password=role.password, model=role.model, outlets=role.outlets
    )
    device = role.kind(identity, log=log, first_wh=random.randint(*_FIRST_WH))  # noqa: S311
    device.on_start_order = make_start_handler(device, power_w=role.power_w)
    while True:
        try:
            await device.connect()
            await role.story(device)
        except (OSError, TimeoutError, RefusedError) as exc:
            log(f"lost the line, tries again: {exc}")
        for outlet in device.outlets.values():
            outlet.transaction_id = None
        await asyncio.sleep(_RETRY_DELAY_S)


async def stay(device: Device) -> None:
    """Stays connected for ever; logs why the line was lost, and reconnects."""
    while True:
        if device.link is None or not device.link.is_open:
            device.log(f"lost the line, tries again: {device.link.loss if device.link else 'it never had one'}")
            for outlet in device.outlets.values():
                outlet.transaction_id = None
            try:
                await device.connect()
            except (OSError, TimeoutError, RefusedError, CallFailedError) as exc:
                device.log(f"could not connect: {exc}")
                await asyncio.sleep(_RETRY_DELAY_S)
        await asyncio.sleep(1)


def make_start_handler(
    device: Device, *, power_w: int = 11_000
) -> Callable[[int, str, int | None], Coroutine[Any, Any, None]]:
    """Handles a remote start: the car is there and charges until it is stopped."""

    async def run(outlet: int, uid: str, remote_start_id: int | None) -> None:
        await charge(
            device,
            outlet=outlet,
            uid=uid,
            power_w=power_w,
            seconds=1800,
            reason="Local",
            remote_start_id=remote_start_id,
        )

    return run


async def play_all(*, url: str, log: Callable[[str], None]) -> None:
    """Plays all roles at once, with guests who scan the codes, until cancelled."""
    async with asyncio.TaskGroup() as group:
        group.create_task(guests.play(url=url, log=_prefix_log("a guest", log)))
        for role in ROLES:
            group.create_task(play(role, url=url, log=_prefix_log(role.charger_id, log)))


def _prefix_log(name: str, log: Callable[[str], None]) -> Callable[[str], None]:
    return lambda sentence: log(f"{name} {sentence}")


async def _pause(seconds: float, interrupt: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(interrupt.wait(), seconds)
    except TimeoutError:
        return
