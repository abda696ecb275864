"""The desk: list, reader and editor on one screen, driven by keys. The only home of textual."""
