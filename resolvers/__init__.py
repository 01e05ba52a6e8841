"""Hand-written fields of the Threads API, one module for each file of sdl/ that is not generated."""
