"""What the simulated LLM writes, and the schema check it makes before."""
