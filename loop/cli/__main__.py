"""`python -m loop.cli` is the command `synthloop`."""

from loop.cli.main import main

main()
