"""Helpers without business rules: ids, secrets, masking, calls to foreign addresses, partitions, batches."""
