"""Text and number helpers: masked card numbers, short ids, percentages, reporting periods, spreadsheets."""
