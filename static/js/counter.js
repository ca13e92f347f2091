// The counter works without scripts; these make it quicker and keep what a weak network could not send.
