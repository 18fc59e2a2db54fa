"""What everything stands on: errors, domain, luck, kernels, records, knobs, the cache."""
