//! A node as a process: the real binary, stopped by its id.
