"""The bank beside the books: imported lines, the payouts that they are, files of payments, and what differs.

How files are read and written is `bank_files`; what a payout consists of is `cycle`.
"""
