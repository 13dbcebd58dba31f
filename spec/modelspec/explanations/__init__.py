"""What each code means: for people who meet it, and for the pages that are made of it."""
