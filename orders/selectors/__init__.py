"""Every read of the orders app that is more than ``.get``."""
