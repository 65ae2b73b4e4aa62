/* The time schemes, one line each. */
JKO_SCHEME(JKOEULER, JKOCreate_Euler)
