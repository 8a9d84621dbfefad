//! What a warm container remembers of earlier answers: a bounded cache with a time to live. It does not know what it
//! holds, and reads no clock.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::Timestamp;

/// A cache of at most `capacity` entries. One rule of eviction: entries are in two generations; where the younger one has
/// half of the capacity, the older one is dropped, and the younger becomes the older. An entry that is used moves to the
/// younger generation, so what is in use stays.
#[derive(Debug)]
pub struct BoundedCache<K, V> {
    capacity: usize,
    time_to_live_ms: Option<i64>,
    generations: Mutex<Generations<K, V>>,
}

#[derive(Debug)]
struct Generations<K, V> {
    young: HashMap<K, Entry<V>>,
    old: HashMap<K, Entry<V>>,
}

#[derive(Debug)]
struct Entry<V> {
    value: V,
    inserted_at: Timestamp,
}

impl<K: Eq + Hash + Clone, V: Clone> BoundedCache<K, V> {
    /// A cache whose entries do not age.
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity,
            time_to_live_ms: None,
            generations: Mutex::new(Generations {
                young: HashMap::new(),
                old: HashMap::new(),
            }),
        }
    }

    /// A cache whose entries count as absent so long after they were inserted.
    pub fn with_time_to_live(capacity: usize, time_to_live_ms: i64) -> Self {
        Self {
            time_to_live_ms: Some(time_to_live_ms),
            ..Self::new(capacity)
        }
    }

    /// A copy of an entry that is still alive.
    pub fn get(&self, key: &K, now: Timestamp) -> Option<V> {
        self.update(key, now, |value| value.clone())
    }

    /// Changes an entry that is still alive, in place. Its time to live goes on from when it was inserted.
    pub fn update<R>(
        &self,
        key: &K,
        now: Timestamp,
        change: impl FnOnce(&mut V) -> R,
    ) -> Option<R> {
        let mut generations = self.generations();
        let entry = generations.use_entry(key, self.capacity)?;
        self.is_alive(entry, now).then(|| change(&mut entry.value))
    }

    /// Replaces an entry by what `replace` makes of it. The time to live of one that is alive goes on; another one is
    /// inserted, made of nothing.
    pub fn upsert(&self, key: K, now: Timestamp, replace: impl FnOnce(Option<&V>) -> V) {
        let mut generations = self.generations();
        let entry = generations.use_entry(&key, self.capacity);
        match entry.filter(|entry| self.is_alive(entry, now)) {
            Some(entry) => entry.value = replace(Some(&entry.value)),
            None => {
                let entry = Entry {
                    value: replace(None),
                    inserted_at: now,
                };
                generations.insert(key, entry, self.capacity);
            }
        }
    }

    /// Adds an entry, or replaces it; its time to live begins now.
    pub fn insert(&self, key: K, value: V, now: Timestamp) {
        let entry = Entry {
            value,
            inserted_at: now,
        };
        let mut generations = self.generations();
        generations.old.remove(&key);
        generations.insert(key, entry, self.capacity);
    }

    /// Removes an entry, if it is there.
    pub fn remove(&self, key: &K) {
        let mut generations = self.generations();
        generations.young.remove(key);
        generations.old.remove(key);
    }

    fn is_alive(&self, entry: &Entry<V>, now: Timestamp) -> bool {
        self.time_to_live_ms
            .is_none_or(|ttl_ms| now.millis_since(entry.inserted_at) < ttl_ms)
    }

    fn generations(&self) -> MutexGuard<'_, Generations<K, V>> {
        let locked = self.generations.lock();
        locked.unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash + Clone, V> Generations<K, V> {
    /// Moves an entry of the older generation to the younger one.
    fn use_entry(&mut self, key: &K, capacity: usize) -> Option<&mut Entry<V>> {
        if let Some(entry) = self.old.remove(key) {
            self.insert(key.clone(), entry, capacity);
        }
        self.young.get_mut(key)
    }

    fn insert(&mut self, key: K, entry: Entry<V>, capacity: usize) {
        let is_full = self.young.len() >= capacity.div_ceil(2);
        if is_full && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn an_entry_counts_as_absent_once_its_time_to_live_is_over() {
        let cache = BoundedCache::with_time_to_live(10, 1_000);
        cache.insert("a", 1, at(0));
        assert_eq!(cache.get(&"a", at(999)), Some(1));
        assert_eq!(cache.get(&"a", at(1_000)), None);
        cache.insert("a", 2, at(1_000));
        assert_eq!(cache.get(&"a", at(1_999)), Some(2));
    }

    #[test]
    fn a_change_in_place_does_not_extend_the_time_to_live() {
        let cache = BoundedCache::with_time_to_live(10, 1_000);
        cache.insert("a", 1, at(0));
        assert_eq!(cache.update(&"a", at(900), |value| *value += 1), Some(()));
        assert_eq!(cache.get(&"a", at(999)), Some(2));
        assert_eq!(cache.get(&"a", at(1_000)), None);
    }

    #[test]
    fn an_upsert_keeps_the_time_to_live_of_a_live_entry_and_renews_that_of_a_dead_one() {
        let cache = BoundedCache::with_time_to_live(10, 1_000);
        let next = |value: Option<&i32>| value.map_or(1, |value| value + 1);
        cache.upsert("a", at(0), next);
        cache.upsert("a", at(900), next);
        assert_eq!(cache.get(&"a", at(999)), Some(2));
        assert_eq!(cache.get(&"a", at(1_000)), None);
        cache.upsert("a", at(1_000), next);
        assert_eq!(cache.get(&"a", at(1_999)), Some(1));
    }

    #[test]
    fn it_never_holds_more_than_its_capacity_and_keeps_what_is_used() {
        let cache = BoundedCache::new(10);
        cache.insert(0, 0, at(0));
        for key in 1..1_000 {
            cache.insert(key, key, at(0));
            assert_eq!(cache.get(&0, at(0)), Some(0), "after {key}");
            let generations = cache.generations();
            assert!(generations.young.len() + generations.old.len() <= 10);
        }
        assert_eq!(cache.get(&1, at(0)), None);
    }

    #[test]
    fn a_removed_entry_is_gone_from_both_generations() {
        let cache = BoundedCache::new(2);
        cache.insert("a", 1, at(0));
        cache.insert("b", 2, at(0));
        cache.remove(&"a");
        cache.remove(&"b");
        assert_eq!(cache.get(&"a", at(0)), None);
        assert_eq!(cache.get(&"b", at(0)), None);
    }
}
