"""Arbees trades mispricing between prediction markets. See ARCHITECTURE.md for the design."""

__version__ = "0.1.0"
