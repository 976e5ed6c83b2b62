-- Level 0 leaves the message of an uncaught error bare.
error("just this", 0)
--> error: just this
