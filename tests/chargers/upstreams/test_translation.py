"""Ids on their way up to a back office and down again."""

from hypothesis import given
from hypothesis import strategies as st

from chargers.protocol.frames import Version
from chargers.upstreams import translation
from chargers.upstreams.roles import UpstreamRefusal
from chargers.upstreams.translation import NEVER_BEGUN, NOT_ASKED, Ids, Kind

V16, V201 = Version.V16, Version.V201


def ids(kind, *, ours, theirs):
    found = Ids()
    found.learn(kind, own_id=ours, external_id=theirs)
    return found


def up(action, payload, known, *, version=V16):
    return translation.convert_upward(action, payload, version=version, ids=known)


def down(action, payload, known, *, version=V16):
    given_out = []

    def allot(kind, theirs):
        given_out.append((kind, theirs))
        return 1_000_000_007

    told = translation.downward(action, payload, version=version, ids=known, allot=allot)
    return told, given_out


def test_a_transaction_goes_up_under_their_id_and_a_stop_that_they_cannot_know_does_not():
    known = ids(Kind.TRANSACTION, ours=12, theirs=900)

    assert up("StopTransaction", {"transactionId": 12, "meterStop": 1}, known) == {"transactionId": 900, "meterStop": 1}
    assert up("MeterValues", {"transactionId": 12, "connectorId": 1}, known) == {"transactionId": 900, "connectorId": 1}
    assert up("StopTransaction", {"transactionId": 13}, known) == NEVER_BEGUN
    assert up("MeterValues", {"transactionId": 13, "connectorId": 1}, known) == {"connectorId": 1}
    assert up("StopTransaction", {"transactionId": 12.5}, known) == NEVER_BEGUN


def test_a_stop_comes_down_under_our_id_and_one_of_somebody_else_does_not():
    known = ids(Kind.TRANSACTION, ours=12, theirs=900)

    assert down("RemoteStopTransaction", {"transactionId": 900}, known) == ({"transactionId": 12}, [])
    told, allotted = down("RemoteStopTransaction", {"transactionId": 12}, known)
    assert isinstance(told, UpstreamRefusal)
    assert "no transaction 12" in told.sentence
    assert allotted == []


def test_a_profile_of_theirs_gets_a_number_that_replaces_nobody_elses():
    known = ids(Kind.TRANSACTION, ours=12, theirs=900)
    profile = {"chargingProfileId": 1, "transactionId": 900, "stackLevel": 0}

    told, allotted = down("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": profile}, known)

    assert told["csChargingProfiles"] == {"chargingProfileId": 1_000_000_007, "transactionId": 12, "stackLevel": 0}
    assert allotted == [(Kind.PROFILE, 1)]
    unknown = {"connectorId": 1, "csChargingProfiles": {**profile, "transactionId": 1}}
    assert isinstance(down("SetChargingProfile", unknown, known)[0], UpstreamRefusal)
    assert isinstance(down("ClearChargingProfile", {"id": 1}, known)[0], UpstreamRefusal)
    assert down("ClearChargingProfile", {}, known) == ({}, [])


def test_a_report_goes_to_whoever_asked_for_it_under_the_number_that_they_chose():
    known = ids(Kind.REQUEST, ours=1_000_000_007, theirs=3)

    assert up("NotifyReport", {"requestId": 1_000_000_007, "seqNo": 0}, known, version=V201) == {
        "requestId": 3,
        "seqNo": 0,
    }
    assert up("NotifyReport", {"requestId": 3}, known, version=V201) == NOT_ASKED


def test_a_remote_start_keeps_its_two_numbers_apart():
    told, allotted = down("RequestStartTransaction", {"remoteStartId": 5, "idToken": {}}, Ids(), version=V201)
    known = ids(Kind.REMOTE_START, ours=1_000_000_007, theirs=5)

    assert (told["remoteStartId"], allotted) == (1_000_000_007, [(Kind.REMOTE_START, 5)])
    event = {"transactionInfo": {"transactionId": "t", "remoteStartId": 1_000_000_007}, "reservationId": 8}
    assert up("TransactionEvent", event, known, version=V201) == {
        "transactionInfo": {"transactionId": "t", "remoteStartId": 5}
    }
    assert up("TransactionEvent", event, Ids(), version=V201) == {"transactionInfo": {"transactionId": "t"}}


def test_the_charger_gets_our_id_and_no_nulls():
    said = {"transactionId": 900, "idTagInfo": {"status": "Accepted", "expiryDate": None}}

    told = translation.answer_downward("StartTransaction", said, version=V16, transaction_id=12)

    assert told == {"transactionId": 12, "idTagInfo": {"status": "Accepted"}}


@given(st.lists(st.tuples(st.sampled_from(list(Kind)), st.integers(0, 9), st.integers(0, 9)), max_size=30))
def test_the_newest_meaning_of_an_id_counts_in_both_directions(learned):
    found = Ids()
    for kind, ours, theirs in learned:
        found.learn(kind, own_id=ours, external_id=theirs)

    for kind, ours, theirs in {(kind, ours): (kind, ours, theirs) for kind, ours, theirs in learned}.values():
        assert found.theirs(kind, ours) == theirs
    for kind, ours, theirs in {(kind, theirs): (kind, ours, theirs) for kind, ours, theirs in learned}.values():
        assert found.ours(kind, theirs) == ours
