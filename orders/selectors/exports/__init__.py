"""The lists of this app that are taken out as files (D3): their columns, and how their pages read them."""
