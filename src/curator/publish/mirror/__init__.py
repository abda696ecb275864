"""A WordPress that gets what an edition publishes; see docs/wordpress.md and decision 0042."""
