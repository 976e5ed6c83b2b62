-- A bracket level lets a long string hold lower brackets.
print([==[a ]] b ]=] c]==], [=[]]]=], #[[]], [=[[[x]]]=])  --> a ]] b ]=] c	]]	0	[[x]]
