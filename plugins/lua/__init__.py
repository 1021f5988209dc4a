"""Runs chisels that are written in Lua for sysdig, as they are."""
