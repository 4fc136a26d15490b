"""eLabFTW: experiments of an electronic notebook, with results in their extra fields."""
