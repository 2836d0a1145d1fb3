"""Turns graphs, timelines and tables into text for a terminal, Mermaid, SVG, plain data and pages."""
