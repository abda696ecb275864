"""READY ITEMS → WHAT READERS GET: `usecases` for outputs, `issues`, `sending`, `subscribers` for the newsletter."""
