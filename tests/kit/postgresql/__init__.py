"""Django's PostgreSQL backend, with a flush and a test database that suit tests."""
