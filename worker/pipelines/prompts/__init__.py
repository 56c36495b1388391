"""What the LLM is asked, one versioned file a question."""
