"""Messages to guests of bookings before they arrive: the link, where and when to charge, and what it costs."""
