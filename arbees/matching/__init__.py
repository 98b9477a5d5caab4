"""Which outcomes pay the same: entities, settlement terms, verdicts. Pure: no I/O, no clock."""
