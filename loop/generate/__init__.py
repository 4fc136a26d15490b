"""New candidates: language models, reactions, substitution, and the search among them."""
