"""What is kept: runs, drafts, jobs, and lenders' files."""
