"""The outsider's verifier: no database, no gateway, and no line shared with the code that writes the log.

    python -m audit.verify receipt FILE --vkey VKEY     a receipt stands in a tree the log signed
    python -m audit.verify log DIR [--vkey VKEY]        a C2SP log directory is whole and hashes to its checkpoint
    python -m audit.verify consistency OLD NEW PROOF --vkey VKEY    one checkpoint extends another
    python -m audit.verify proof FILE...                RFC 6962 proofs in JSON, valid or invalid

Exit codes: 0 all holds; 2 usage; and one per class of fault, see `faults.Fault`.
"""
