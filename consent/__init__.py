"""What the person agreed to: versions that are never edited, and what they mean for one query, now."""
