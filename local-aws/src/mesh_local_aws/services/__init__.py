"""What each service of AWS does here. A module is a service; its `install()` hangs it into the emulator by `hooks` alone."""
