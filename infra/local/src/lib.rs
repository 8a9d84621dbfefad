//! The stack on a laptop, read from template.yaml.
