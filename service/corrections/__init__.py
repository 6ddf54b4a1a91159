"""What each agency gets back: corrections of its own lists, and how they are answered."""
