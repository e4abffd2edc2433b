"""Properties as hosts keep them: their particulars, opening hours and units; opened, closed, drawn on a map."""
