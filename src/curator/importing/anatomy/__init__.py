"""What a post of an existing blog is made of: headline, note, quotation, whose it is, picture. Pure."""

from curator.importing.anatomy.recovering import recover

__all__ = ["recover"]
