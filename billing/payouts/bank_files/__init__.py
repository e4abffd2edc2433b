"""Files exchanged with banks: payment orders, statements, and the codes of failed payments. Pure; stores nothing."""
