"""What a service answers over HTTP, page by page, into files."""
