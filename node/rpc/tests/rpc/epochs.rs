//! Epochs and bundles, over the wire.

use crate::wire::{call, connect, subscribe};
