"""Tickets for programs: the same services and guards as the pages."""
