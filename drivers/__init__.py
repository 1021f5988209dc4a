"""Drivers: each turns a kernel, a capture or a script into event records."""
