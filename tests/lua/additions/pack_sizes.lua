-- string.packsize tells the size of every option; those of C are the ones of 64-bit Linux.
for option in ("b B h H i I l L j J T f d n x X c7 i5 I16 ! < > ="):gmatch("%S+") do
  io.write(option, "=", option == "X" and string.packsize("Xb") or string.packsize(option), " ")
end
print()  --> b=1 B=1 h=2 H=2 i=4 I=4 l=8 L=8 j=8 J=8 T=8 f=4 d=8 n=8 x=1 X=0 c7=7 i5=5 I16=16 !=0 <=0 >=0 ==0 
print(string.packsize("<i3 >d c10 !4 i"), string.packsize(" \0 y"))  --> 28	0
print(string.packsize("c2147483639 c8"), (select(2, pcall(function() local n = string.packsize("c2147483639 c9") end))))  --> 2147483647	pack_sizes.lua:7: bad argument #1 to 'packsize' (format result too large)
