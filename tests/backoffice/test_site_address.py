"""Where a running `manage.py up` serves the pages of this installation, noted in its DATA_DIR."""

from backoffice import site_address


def test_the_site_that_runs_here_says_where_it_is(tmp_path):
    assert site_address.read(tmp_path) == ""
    (tmp_path / "address").write_text("http://127.0.0.1:8123\n")

    assert site_address.read(tmp_path) == "http://127.0.0.1:8123"
