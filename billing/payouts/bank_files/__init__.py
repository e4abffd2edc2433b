"""Files that banks take and give: payment orders out, statements in, codes of failed payments. Pure; stores nothing."""
