"""One custodian per file. These modules do not see each other."""
