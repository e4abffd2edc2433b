"""The API of agreements and bank accounts."""
