"""What happened: an append-only Merkle log, and an offline verifier. Imports nothing else of the gateway."""
