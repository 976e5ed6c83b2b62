-- Either quote may stand freely inside the other.
print('say "hi"', "it's", 'it\'s', "\"")  --> say "hi"	it's	it's	"
