"""Orders, parcels, change notices and quotes for programs: the same services and guards as the pages."""
