"""Reads of the kernel."""
