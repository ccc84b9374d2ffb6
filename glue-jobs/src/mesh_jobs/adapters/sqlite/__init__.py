"""What is remembered between runs, in the SQLite file that holds the catalogue too."""
