"""What a person does about cards, groups, stays, providers and people: permission, change and audit entry."""
