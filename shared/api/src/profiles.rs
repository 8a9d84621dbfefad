//! Profiles: the subscription APIs of other products over our subscriptions. A client of such a product changes the
//! host and the key. Each profile decodes its requests and encodes its answers; none knows where subscriptions are
//! stored.

pub mod copyai;
pub mod refold;
