"""What several pipelines do alike."""
