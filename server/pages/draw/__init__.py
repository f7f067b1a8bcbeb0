"""Pictures as values: scales, strips, maps. Templates turn them into SVG; nothing here is text."""
