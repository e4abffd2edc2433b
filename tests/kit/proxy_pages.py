"""What the tests of proxy.verdicts, views.disagreements and views.proxy share."""

from authorization.models import Decision
from chargers.models import Message, Upstream
from chargers.protocol.frames import Version
from chargers.proxy import verdicts
from tests.kit.world import tap


def upstream(world, name="Partner", *, role="follower", **fields):
    owner = {"charger": world.charger} if not {"property", "host"} & set(fields) else {}
    return Upstream.objects.create(
        **{**owner, "name": name, "url": "wss://partner.example/ocpp", "role": role, **fields}
    )


def led_tap(world, uid, *, by, status):
    """A tap that another back office decided, with what we would have decided."""
    message = tap(world.charger, uid)
    record = Decision.objects.get(pk=message.decision_id)
    ours = verdicts.apply_leader_verdict(record, version=Version.V16, leader=by, status=status, took_ms=3)
    record.save()
    ours.save()
    Message.objects.filter(pk=message.pk).update(answered_by=by, verdict=status)
    return record


def filled(**fields):
    told = {"role": "follower", "name": "Energy manager", "url": "wss://energy.example/ocpp", "scope": "charger"}
    return {**told, "password": "s3cret-of-theirs", **fields}
