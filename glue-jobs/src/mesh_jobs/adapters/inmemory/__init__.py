"""Complete stand-ins for every port: the use cases are tested with these, without an engine, a disk or a clock."""
