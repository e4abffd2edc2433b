"""The common part of every URL under /ocpi/: authentication, the envelope, faults, pages, and the exchange journal."""
