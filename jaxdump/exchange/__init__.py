"""Exchange with others: published curves, in the formats of those who publish them."""
