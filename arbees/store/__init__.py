"""The database as a projection of what happened: written behind, never waited for."""
