"""The REST API: who calls it, how its lists are paged, how it says what is wrong; and its resources of this app."""
