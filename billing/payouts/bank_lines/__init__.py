"""Reconciles the bank with the books: imported lines, their payouts, payment files, and differences.

`bank_files` reads and writes the files; `cycle` determines what a payout consists of.
"""
