"""The command line: each command is a module of `commands`, loaded only when it runs."""
