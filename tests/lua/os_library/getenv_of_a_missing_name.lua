-- An environment variable that is not set is nil.
print(os.getenv("NO_SUCH_VARIABLE_IN_THE_CORPUS"))  --> nil
