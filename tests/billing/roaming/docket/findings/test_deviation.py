"""Evidence is masked by the name of its field."""

import pytest

from billing.roaming.docket.facts import Side
from billing.roaming.docket.findings import deviation


@pytest.mark.parametrize(
    ("path", "value", "quoted"),
    [
        ("$.valid", "yes", '"yes"'),
        ("$.data[3].uid", "04A1B2C3D4", '"04…D4"'),
        ("$.token", "secret", '"••••"'),
        ("$.data.endpoints[0]", {"token": "secret"}, '{"token": "••••"}'),
        ("header X-Limit", "many", '"many"'),
        ("$.issuer", None, ""),
        ("HTTP status", 500, "500"),
    ],
)
def test_a_value_is_quoted(path, value, quoted):
    built = deviation.build("a.b", Side.US, path, value)

    assert (built.code, built.author, built.path, built.value) == ("a.b", Side.US, path, quoted)
