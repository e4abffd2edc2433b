"""The file of `manage.py import_site`: read in full, then checked in full, and only then applied in full."""
