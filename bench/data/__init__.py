"""What is done with the data before anybody asks: read, built, checked, loaded."""
