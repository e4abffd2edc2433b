"""The portal's search: from a pasted or typed text to the page that shows it."""
