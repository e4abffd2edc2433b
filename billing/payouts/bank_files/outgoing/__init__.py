"""Writers of payment orders: pain.001 (SEPA), NACHA (US) and plain CSV. They send nothing."""
