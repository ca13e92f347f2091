"""A certificate ends at midnight: a second before its stars are everywhere, a second after nowhere, and orders keep theirs.

Renewed through the office's page it shines again at once, and the index follows by its job, without a new start.
"""
