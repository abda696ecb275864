"""A newsroom to try things in: made-up sources, a little server for them, and a day of editing."""
