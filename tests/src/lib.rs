//! Contracts, flows, races: the product seen from outside.
