"""Invented companies: the same name always gives the same website, news and reviews."""
