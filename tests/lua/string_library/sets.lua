-- Sets hold ranges, classes and complements, with `]` allowed first.
print(("hello"):match("[aeiou]"), ("hello"):match("[^aeiou]+"), ("x-y"):match("[a%-]"), ("a]b"):match("[]]"))  --> e	h	-	]
print(("2024-05"):match("[%d%-]+"), ("abc"):match("[a-b]+"), ("^"):match("[%^]"), ("x^"):match("[x^]+"))  --> 2024-05	ab	^	x^
print(("a-"):match("[a-]+"), ("%"):match("[%%]"), ("x.y"):match("[.]"), ("a1_"):match("[%w_]+"))  --> a-	%	.	a1_
