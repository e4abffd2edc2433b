"""Reports that people have sent to themselves each week or month."""
