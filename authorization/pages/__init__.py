"""What several pages of authorization share: forms, histories, who may decide. No views."""
