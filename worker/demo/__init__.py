"""``plinthctl demo``: a busy system that is nobody's, in a folder of its own."""
