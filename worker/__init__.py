"""The worker: claims jobs from the store and runs them as durable steps."""
