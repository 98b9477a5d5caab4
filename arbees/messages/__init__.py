"""What crosses a boundary or is persisted. Frozen msgspec structs, no logic."""
