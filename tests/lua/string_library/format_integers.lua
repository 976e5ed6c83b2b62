-- Integer directives take width, flags and precision.
print(("%d|%5d|%-5d|%05d|%+d|% d|%i"):format(42, 42, 42, 42, 42, 42, -7))  --> 42|   42|42   |00042|+42| 42|-7
print(("%.3d|%x|%X|%#x|%o|%u|%c%c"):format(5, 255, 255, 255, 8, 9, 72, 105))  --> 005|ff|FF|0xff|10|9|Hi
