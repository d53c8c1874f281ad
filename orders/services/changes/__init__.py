"""Changing paid orders before they are shipped (O9, O10, S5, S8, F2)."""
