"""Use cases: each reads as fetch → transform → validate → save."""
