"""A synthetic stream of card payments with known causes of fraud; see the README beside it."""
