//! Weights of our own pallets, made by `icn-bench weights`.
