"""`python -m arbees` and the console script."""

from arbees.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
