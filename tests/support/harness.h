/* Tests under mpirun: every assertion is collective, so that a failure on one rank fails the test on all and hangs none.

   A test file defines its tests and ends with  JKO_TESTS(JKO_TEST(a), JKO_TEST(b))  */
#ifndef JKO_TESTS_HARNESS_H
#define JKO_TESTS_HARNESS_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <jko.h>

void HarnessAssert(int ok, const char *what, const char *file, int line);
void HarnessBound(PetscReal value, PetscReal bound, const char *what, const char *file, int line);
/* The message of the error that a call raises, or "" when it succeeds. */
const char *HarnessMessage(PetscErrorCode code);
void        HarnessExpectErrors(PetscBool expect);
int         HarnessMain(int argc, char *argv[], const struct CMUnitTest tests[], size_t count);
/* Deterministic numbers in [-1, 1] that depend on the place, not on the rank. */
PetscReal HarnessRandom(uint64_t seed, uint64_t place);
/* Largest difference of two vectors; -inf equals -inf. Collective. */
PetscReal HarnessDifference(Vec a, Vec b);

/* A condition that must hold on every rank. Collective. */
#define assert_all(condition) HarnessAssert(!!(condition), #condition, __FILE__, __LINE__)
/* |value| <= bound on every rank, and finite; prints the value when not. Collective. */
#define assert_within(value, bound) HarnessBound(value, bound, #value, __FILE__, __LINE__)
/* A PETSc call that must succeed on every rank. Collective. */
#define assert_ok(call) HarnessAssert((call) == 0, #call, __FILE__, __LINE__)
/* A PETSc call that must be refused on every rank with a message that holds the text. Collective. */
#define assert_refused(call, text)                                                                                                         \
  do {                                                                                                                                     \
    HarnessExpectErrors(PETSC_TRUE);                                                                                                       \
    const char *message_ = HarnessMessage(call);                                                                                           \
    HarnessExpectErrors(PETSC_FALSE);                                                                                                      \
    if (!*message_ || !strstr(message_, text)) print_error("%s says '%s', not '%s'\n", #call, message_, text);                             \
    HarnessAssert(*message_ &&strstr(message_, text), #call " is refused as it should", __FILE__, __LINE__);                               \
  } while (0)

#define JKO_TEST(f) cmocka_unit_test(f)
#define JKO_TESTS(...)                                                                                                                     \
  int main(int argc, char *argv[])                                                                                                         \
  {                                                                                                                                        \
    const struct CMUnitTest tests[] = {__VA_ARGS__};                                                                                       \
    return HarnessMain(argc, argv, tests, sizeof tests / sizeof *tests);                                                                   \
  }

#endif
