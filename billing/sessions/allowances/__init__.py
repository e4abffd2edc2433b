"""What a support agent of the first line may give away, by each act that does; who has no limit is not asked here."""
