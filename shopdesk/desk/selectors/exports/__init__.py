"""The lists of pages that span apps, as files (D3), and the page of what was taken out."""
