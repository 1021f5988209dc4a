"""The chisels of sysdig, each by its name, with its arguments and output."""
