"""What may break under a desk, broken on purpose: run by ``scripts/chaos``."""
