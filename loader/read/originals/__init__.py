"""Files in other formats → the texts that passages are cut from, with their pages."""
