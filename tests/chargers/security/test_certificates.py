"""The certificates of chargers: asked for, signed outside the flow, sent, shown at the door, revoked."""

from chargers.security import certificates
from tests.kit.connected import charger
from tests.kit.secured import Identity, _secured, knock, now, profile_3, secured

__all__ = ["_secured", "charger", "profile_3", "secured"]


def test_it_refuses_a_revoked_certificate(secured, profile_3, tmp_path):
    identity = Identity(tmp_path, profile_3)
    certificates.revoke(identity.row, origin="user:owner@example.com", now=now())

    assert knock(secured, identity=identity) == (401, "revoked_certificate")
