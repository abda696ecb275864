"""READY ITEMS → WHAT READERS GET: outputs in `usecases`, the newsletter in `issues` and `sending`."""
