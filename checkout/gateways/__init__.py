"""Ways to pay, each behind the small protocol of ``base``."""
