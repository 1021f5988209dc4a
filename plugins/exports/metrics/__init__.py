"""Live counters for Prometheus: `tracer metrics`."""
