-- An anchored gsub replaces at most once.
print(("aaa"):gsub("^a", "b"))  --> baa	1
print(("  trim  "):gsub("^%s*(.-)%s*$", "[%1]"))  --> [trim]	1
