"""What several pages of billing share: form fields for amounts, the fields of the rate editor. No views."""
