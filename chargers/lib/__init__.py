"""Helpers without business rules: ids, secrets, masking, outbound calls, partitions, batches."""
