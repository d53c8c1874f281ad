"""Decisions of the desk itself, on plain values."""
