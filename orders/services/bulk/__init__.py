"""Actions on many orders at once: previewed, run in batches, a result for each order."""
