//! A pallet whose calls leave a trace: for tests of whatever dispatches calls.

pub use pallet::*;

#[allow(missing_docs)]
#[frame_support::pallet]
pub mod pallet {
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {}

    /// What was recorded, oldest first.
    #[pallet::storage]
    #[pallet::unbounded]
    pub type Log<T> = StorageValue<_, Vec<u32>, ValueQuery>;

    #[pallet::event]
    #[pallet::generate_deposit(fn deposit_event)]
    pub enum Event<T: Config> {
        /// A value was recorded.
        Recorded { value: u32 },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// The call was made to fail.
        Refused,
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Records `value` at a cost of `ref_time`. Any origin.
        #[pallet::call_index(0)]
        #[pallet::weight(Weight::from_parts(*ref_time, 0))]
        pub fn record(_origin: OriginFor<T>, value: u32, ref_time: u64, padding: Vec<u8>) -> DispatchResult {
            let _ = (ref_time, padding);
            Log::<T>::append(value);
            Self::deposit_event(Event::Recorded { value });
            Ok(())
        }

        /// Records `value`, then fails, so that nothing stays recorded. Any origin.
        #[pallet::call_index(1)]
        #[pallet::weight(Weight::from_parts(*ref_time, 0))]
        pub fn refuse(_origin: OriginFor<T>, value: u32, ref_time: u64) -> DispatchResult {
            let _ = ref_time;
            Log::<T>::append(value);
            Err(Error::<T>::Refused.into())
        }

        /// Records `value`. Root only.
        #[pallet::call_index(2)]
        #[pallet::weight(Weight::from_parts(1, 0))]
        pub fn record_as_root(origin: OriginFor<T>, value: u32) -> DispatchResult {
            ensure_root(origin)?;
            Log::<T>::append(value);
            Ok(())
        }
    }
}
