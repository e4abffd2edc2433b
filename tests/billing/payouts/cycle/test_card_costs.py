"""What cards cost the host of one session, where that is more than the session earns."""

from tests.kit import charging
from tests.kit.sessions_pages import page, plain, priced

__all__ = ["priced"]


def test_it_warns_where_cards_cost_more_than_the_session_earns(priced, client_of):
    session = charging.guest(priced.charger)
    client = client_of(priced.owner)
    assert "are more than the" not in page(client, session)

    charging.dispute(session)

    text = page(client, session)
    assert "The bank's fee of $15.00 is deducted from the payout." in plain(text)
    assert "Card fees of $15." in plain(text)
    assert "are more than the $9.00 that this session earned." in plain(text)
