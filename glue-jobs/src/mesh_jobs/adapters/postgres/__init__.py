"""A table of a PostgreSQL data base, read into files by COPY."""
