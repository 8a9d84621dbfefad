//! Management API: API keys, workflows, triggers.
