"""A synthetic county: people who do not exist, and the agency systems that know slivers of them."""
