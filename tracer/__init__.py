"""tracer: system-call tracing with pluggable instrumentation."""
