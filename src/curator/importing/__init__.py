"""AN EXISTING BLOG → ITEMS: readers of its documents, what its posts are made of, and the move `import`."""
