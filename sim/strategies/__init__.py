"""The strategies: one file each; the shelf is explicit."""
