"""An editor at the desk of a test newsroom: what stands on the screen, and keys to press."""
