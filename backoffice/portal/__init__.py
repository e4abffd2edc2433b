"""Pages across all apps: the dashboard, what needs a person, search, alerts, and hosts themselves."""
