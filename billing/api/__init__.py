"""The REST API about money: sessions, rates and receipts."""
