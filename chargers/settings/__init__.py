"""A charger's settings: shown, compared, changed, and those that contradict what the portal promises."""
