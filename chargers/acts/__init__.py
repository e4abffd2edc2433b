"""What a person does to a charger: permission, change and audit entry. Pages, API and admin call it and answer."""
