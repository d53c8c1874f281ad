"""Reads of the pages that span apps."""
