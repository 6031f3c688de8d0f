"""A whole county on one machine: synthetic people, four agency systems as processes, partners with keys, a story."""
