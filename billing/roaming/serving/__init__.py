"""What every address under /ocpi/ shares: who calls, the envelope, faults, pages, and the exchange journal."""
