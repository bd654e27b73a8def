//! A TCP proxy, to be put between two nodes.

use std::{
    io,
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// Passes on what comes to one port of this machine to another, while it is open, until the test ends.
pub struct Door {
    /// The connections, while it is open.
    passing: Arc<Mutex<Option<Vec<TcpStream>>>>,
}

impl Door {
    /// An open door.
    ///
    /// # Panics
    /// When the port is taken.
    pub fn new(from: u16, to: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", from)).expect("the port is free");
        let door = Self { passing: Arc::new(Mutex::new(Some(Vec::new()))) };
        let passing = door.passing.clone();
        thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                // Nobody may listen there: the connection is closed.
                let Ok(far) = TcpStream::connect(("127.0.0.1", to)) else { continue };
                let mut passing = passing.lock().expect("nobody panicked");
                let Some(passing) = passing.as_mut() else { continue };
                for (read, write) in [(&near, &far), (&far, &near)] {
                    let (Ok(mut read), Ok(mut write), Ok(kept)) =
                        (read.try_clone(), write.try_clone(), read.try_clone())
                    else {
                        continue;
                    };
                    passing.push(kept);
                    thread::spawn(move || {
                        // Either side may go at any time.
                        let _ = io::copy(&mut read, &mut write);
                        let _ = write.shutdown(Shutdown::Both);
                    });
                }
            }
        });
        door
    }

    /// Ends the connections; whoever tries again is turned away.
    ///
    /// # Panics
    /// Never: nothing panics while it has the lock.
    pub fn close(&self) {
        let connections = self.passing.lock().expect("nobody panicked").take();
        for connection in connections.into_iter().flatten() {
            // It may have ended.
            let _ = connection.shutdown(Shutdown::Both);
        }
    }

    /// Lets connections pass again.
    ///
    /// # Panics
    /// Never: nothing panics while it has the lock.
    pub fn open(&self) {
        self.passing.lock().expect("nobody panicked").get_or_insert_default();
    }
}
