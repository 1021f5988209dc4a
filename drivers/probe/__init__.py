"""The probe: C sources that the eBPF object and the kernel module share, and the layout of what they exchange."""
