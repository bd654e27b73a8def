//! What befalls the network and its nodes.

use super::{Event, World};
use icn_primitives::ValidatorSet;
use icn_storage::Fault;

impl World {
    pub(super) fn change_weather(&mut self) -> Result<(), String> {
        let next = self.random.between(2_000_000, 20_000_000);
        self.after(next, Event::Weather);
        if self.healed {
            return Ok(());
        }
        let random = &mut self.random;
        let weather = &mut self.weather;
        let kind = random.below(8);
        weather.delay = *random.pick(&[(1_000, 20_000), (1_000, 20_000), (500, 80_000), (10_000, 900_000)]);
        weather.lost = if kind == 1 { random.between(20, 300) } else { 0 };
        weather.doubled = *random.pick(&[0, 0, 30, 300]);
        weather.faults = *random.pick(&[0, 50, 50, 200]);
        weather.busy = !random.permille(100);
        weather.parts.fill(0);
        if kind == 2 {
            weather.parts.iter_mut().for_each(|part| *part = random.below(2) as u8);
            self.counts.partitions += 1;
        }
        for node in 0..self.nodes.len() {
            self.act(node, |process, now, around| process.wake(now, around))?;
        }
        Ok(())
    }

    /// Power of those who are not to be trusted, and of all.
    pub(super) fn powers(&self, set: &ValidatorSet) -> (u64, u64) {
        let bad = |address| {
            let node = self.nodes.iter().find(|node| node.address() == address);
            node.is_none_or(|node| !node.honest || self.faulty.contains(&node.index))
        };
        let of_bad = set.validators().iter().filter(|one| bad(one.address())).map(|one| one.power).sum();
        (of_bad, set.total_power())
    }

    pub(super) fn fault(&mut self) -> Result<(), String> {
        let next = self.random.between(100_000, 1_500_000);
        self.after(next, Event::Fault);
        if self.healed || !self.random.permille(self.weather.faults) {
            return Ok(());
        }
        let node = self.random.below(self.nodes.len() as u64) as usize;
        match self.random.below(10) {
            0 => {
                for node in 0..self.nodes.len() {
                    if self.nodes[node].process.is_some() {
                        self.cut_power(node);
                    }
                }
            }
            1 | 2 => {
                self.counts.disk_faults += 1;
                let operations = self.random.below(300);
                self.nodes[node].disk_fails = true;
                self.nodes[node].disk().fail_after(operations, Fault::Io);
            }
            3 => self.lose_log(node),
            _ => {
                let fuse = self.random.below(200);
                if let Some(process) = &mut self.nodes[node].process {
                    process.shell_mut().set_fuse(Some(fuse));
                }
            }
        }
        Ok(())
    }

    /// A node finds an older log, or none: it is as good as faulty while the height lasts.
    pub(super) fn lose_log(&mut self, node: usize) {
        let Some(process) = &self.nodes[node].process else { return };
        if !self.nodes[node].honest {
            return;
        }
        let set = process.shell().application().head().validators.clone();
        self.faulty.insert(node);
        let (bad, total) = self.powers(&set);
        if bad * 3 >= total {
            self.faulty.remove(&node);
            return;
        }
        self.counts.logs_lost += 1;
        self.cut_power(node);
        self.nodes[node].put_log_back(&mut self.random);
    }
}
