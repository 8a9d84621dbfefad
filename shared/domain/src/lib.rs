//! Types and rules; time and randomness come in as values.
