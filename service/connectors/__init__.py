"""Where the records live: one file per custodian under `agencies/`, each speaking that custodian's real format."""
