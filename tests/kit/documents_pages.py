"""What the tests of documents.label_sheets, documents.labels and documents.views share."""

import pytest


@pytest.fixture(autouse=True)
def _public(settings):
    settings.PUBLIC_BASE_URL = "https://charge.example.com"
