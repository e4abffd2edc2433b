"""What a person does about money: permission, domain call and audit entry. Pages, API and admin call it and answer."""
