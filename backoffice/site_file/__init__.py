"""The file of `manage.py import_site`: read whole, checked whole, and only then applied whole."""
