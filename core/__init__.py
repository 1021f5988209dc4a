"""The driver-independent part of tracer: schema, engine, filters, captures, command line."""
