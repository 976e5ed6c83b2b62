-- `\z` skips the white space behind it, line breaks included.
print("one \z
       two\z	 \z three", "a\zb", "\z")  --> one twothree	ab	
print(#"\z

", "x\z \n\z y" == "x\ny")  --> 0	true
print((select(2, pcall(loadstring("local s = 'a\\z\n\n b' error(s)", "=s")))))  --> s:3: ab
