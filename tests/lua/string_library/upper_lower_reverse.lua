-- Case changes touch ASCII letters, and reverse turns bytes around.
print(("Hello, 1!"):upper(), ("Hello, 1!"):lower(), ("abc"):reverse(), (""):reverse())  --> HELLO, 1!	hello, 1!	cba	
