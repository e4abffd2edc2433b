"""Readers of bank files: CAMT, MT940 and CSV become the same lines and problems. They match nothing."""
