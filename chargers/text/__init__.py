"""Texts and figures in themselves: card numbers masked, ids shortened, percentages, spans of reports, spreadsheets."""
