"""Falco rules over any driver or capture: `tracer rules`."""
