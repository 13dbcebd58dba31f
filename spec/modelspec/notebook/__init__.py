"""What works on files: bundles. The only part of the library that reads and writes."""
