"""What several pages of chargers share: the frame of a charger, pictures, forms. No views, and no decisions."""
