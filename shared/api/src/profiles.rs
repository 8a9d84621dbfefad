//! APIs of other products over the same subscriptions: a client of one of them changes the host and the key. Each profile
//! decodes its requests into a draft and encodes what came of it; none knows where anything is kept.

pub mod copyai;
pub mod refold;
