"""A guest at a charger: the landing page of the QR code, the payment, the session and its receipt. No account."""
