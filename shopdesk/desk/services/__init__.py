"""Writes of the pages that span apps."""
