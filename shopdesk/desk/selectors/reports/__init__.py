"""Reports (T4): what each figure means, the rows it is made of, and how it is read."""
