"""`python -m curator`."""

from curator.faces.cli import main

main()
