/* The time schemes, one line each. */
JKO_SCHEME(JKOEULER, JKOCreate_Euler)
JKO_SCHEME(JKOEXTRAPOLATED, JKOCreate_Extrapolated)
JKO_SCHEME(JKOREVERSIBLE, JKOCreate_Reversible)
JKO_SCHEME(JKOSDIRK, JKOCreate_Sdirk)
