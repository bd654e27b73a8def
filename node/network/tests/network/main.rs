//! Networks of a few nodes on loopback, over TCP.

mod abuse;
mod admission;
mod blobs;
mod exchange;
mod heads;
mod node;
mod redial;
mod relay;
mod stop;
mod stranger;
