"""Properties of hosts: their details, opening hours and units; opened, closed, drawn on a map."""
