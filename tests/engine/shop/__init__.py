"""Hand-written fields for the tests of the room that runs them."""
