"""A host's card: whitelisted, flagged, edited, taken out of a group."""

import pytest

from authorization.models import AuditEntry, Token
from tests.kit.token_pages import page, text_of

__all__ = ["page"]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("do", "before", "after", "reason_kept"),
    [
        ("block", {"blocked": False}, {"valid": True, "blocked": True}, "Reported lost"),
        ("unblock", {"blocked": True, "blocked_reason": "x"}, {"valid": True, "blocked": False}, ""),
        ("invalidate", {"valid": True}, {"valid": False, "blocked": False}, ""),
        ("validate", {"valid": False}, {"valid": True, "blocked": False}, ""),
    ],
)
def test_it_changes_one_flag_with_a_reason(world, client_of, page, do, before, after, reason_kept):
    Token.objects.filter(pk=world.member.pk).update(**before)

    response = client_of(world.owner).post(f"{page}flags/", {"do": do, "reason": "Reported lost"})

    assert response.headers["Location"] == page
    token = Token.objects.get(pk=world.member.pk)
    assert ({"valid": token.valid, "blocked": token.blocked}, token.blocked_reason) == (after, reason_kept)
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.reason, entry.after) == ("token.changed", "Reported lost", after)
    assert "Reported lost" in text_of(client_of(world.owner).get(page))


def test_it_asks_for_the_reason(world, client_of, page):
    response = client_of(world.owner).post(f"{page}flags/", {"do": "block", "reason": " "})

    assert response.context["form"].errors["reason"]
    assert not Token.objects.get(pk=world.member.pk).blocked
    assert not AuditEntry.objects.exists()


def test_it_takes_a_card_out_of_a_group(world, client_of, page):
    client_of(world.owner).post(f"{page}leave/", {"group": world.group.pk})

    assert world.member.groups.count() == 0
    assert AuditEntry.objects.get().verb == "token.left_group"


def test_it_does_not_overwrite_what_another_agent_saved_meanwhile(world, client_of, page):
    def seen_by(client):
        return client.get(f"{page}edit/").context["seen"]

    mine, theirs = client_of(world.owner), client_of(world.agent)
    first = seen_by(mine)
    theirs.post(f"{page}edit/", {"visual_number": "SUN-9", "owner": "Kim", "as_seen": seen_by(theirs)})

    refused = mine.post(f"{page}edit/", {"visual_number": "SUN-1", "owner": "Robin", "as_seen": first})
    after_refusal = Token.objects.get(pk=world.member.pk).owner
    again = mine.post(f"{page}edit/", {"visual_number": "SUN-1", "owner": "Robin", "as_seen": refused.context["seen"]})

    told = "agent@example.com changed owner, visual number while this page was open, and now it says: SUN-9, Kim."
    assert told in text_of(refused)
    assert 'value="Robin"' in text_of(refused)
    assert after_refusal == "Kim"
    assert again.status_code == 302
    assert Token.objects.get(pk=world.member.pk).owner == "Robin"
