"""Whom the platform pays: agreements with hosts and their bank accounts. What a payment comes to is `payouts`."""
