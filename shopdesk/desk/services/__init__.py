"""Every write of the desk itself."""
