"""One file a provider: what it checks, what it answers, how it can go wrong."""
