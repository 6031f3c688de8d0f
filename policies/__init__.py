"""The words and the rules: what may be asked, and what the law, the custodian and the person allow."""
