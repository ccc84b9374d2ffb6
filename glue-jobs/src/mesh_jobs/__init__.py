"""The jobs of a data product: executes a plan, certifies and publishes its tables."""
