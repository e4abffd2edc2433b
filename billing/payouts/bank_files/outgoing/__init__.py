"""Payment orders as banks take them: pain.001 (SEPA), NACHA (US) and plain CSV. It sends nothing."""
