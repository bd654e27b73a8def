//! How many connections there are, in all and from each address.

use super::share::AddressShare;
use crate::limits::Limits;
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};
use tokio::sync::watch;

/// Counts connections and refuses those above the limits.
#[derive(Debug)]
pub(crate) struct Admissions {
    max: u32,
    max_per_ip: u32,
    calls_in_progress_per_ip: usize,
    by_address: Mutex<HashMap<IpAddr, OfAddress>>,
    total: watch::Sender<u32>,
}

/// The connections of an address, and what they share.
#[derive(Debug)]
struct OfAddress {
    connections: u32,
    share: Arc<AddressShare>,
}

impl Admissions {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            max: limits.connections,
            max_per_ip: limits.connections_per_ip,
            calls_in_progress_per_ip: limits.calls_in_progress_per_ip,
            by_address: Mutex::default(),
            total: watch::Sender::new(0),
        }
    }

    /// Connections open now.
    pub(crate) fn total(&self) -> u32 {
        *self.total.borrow()
    }

    /// Admits a connection until the admission is dropped.
    pub(crate) fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Admission> {
        let address = network_of(address);
        let mut by_address = self.by_address.lock();
        let taken = by_address.get(&address).map_or(0, |of_address| of_address.connections);
        if taken >= self.max_per_ip || self.total() >= self.max {
            return None;
        }
        let of_address = by_address.entry(address).or_insert_with(|| OfAddress {
            connections: 0,
            share: Arc::new(AddressShare::new(self.calls_in_progress_per_ip)),
        });
        of_address.connections += 1;
        self.total.send_modify(|total| *total += 1);
        Some(Admission { share: of_address.share.clone(), admissions: self.clone(), address })
    }

    /// Waits until no connection is open.
    pub(crate) async fn none_left(&self) {
        let _ = self.total.subscribe().wait_for(|total| *total == 0).await;
    }
}

/// One client may have all of a /64 of IPv6.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address => address,
    }
}

/// A place that a connection takes.
#[derive(Debug)]
pub(crate) struct Admission {
    admissions: Arc<Admissions>,
    address: IpAddr,
    share: Arc<AddressShare>,
}

impl Admission {
    /// What all connections of this one's address share.
    pub(crate) fn address_share(&self) -> &Arc<AddressShare> {
        &self.share
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        let mut by_address = self.admissions.by_address.lock();
        match by_address.get_mut(&self.address) {
            Some(of_address) if of_address.connections > 1 => of_address.connections -= 1,
            _ => {
                by_address.remove(&self.address);
            }
        }
        self.admissions.total.send_modify(|total| *total -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admissions(connections: u32, connections_per_ip: u32) -> Arc<Admissions> {
        Arc::new(Admissions::new(&Limits { connections, connections_per_ip, ..Limits::default() }))
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_has_its_share_and_all_have_theirs() {
        let admissions = admissions(3, 2);
        let first = admissions.admit(ip("10.0.0.1")).unwrap();
        let _second = admissions.admit(ip("10.0.0.1")).unwrap();
        assert!(admissions.admit(ip("10.0.0.1")).is_none());
        let other = admissions.admit(ip("10.0.0.2")).unwrap();
        assert!(admissions.admit(ip("10.0.0.3")).is_none());
        drop(first);
        assert!(admissions.admit(ip("10.0.0.1")).is_some());
        drop(other);
        assert_eq!(admissions.by_address.lock().len(), 1);
    }

    #[test]
    fn a_network_of_ipv6_is_one_client() {
        let admissions = admissions(9, 1);
        let _one = admissions.admit(ip("2001:db8::1")).unwrap();
        assert!(admissions.admit(ip("2001:db8::2")).is_none());
        assert!(admissions.admit(ip("2001:db8:0:1::2")).is_some());
        let _mapped = admissions.admit(ip("::ffff:10.0.0.1")).unwrap();
        assert!(admissions.admit(ip("10.0.0.1")).is_none());
    }
}
