/* Energies come from options, tell their equation, and refuse what makes no sense in one line that names the option. */
#include <stdio.h>
#include <jko/private/energyimpl.h>
#include "terms.h"

/* Options in pairs of name and value, for the time of a call; NULL ends them. */
static void SetOptions(const char *const pair[])
{
  for (; *pair; pair += 2) assert_ok(PetscOptionsSetValue(NULL, pair[0], pair[1]));
}

static void ClearOptions(const char *const pair[])
{
  for (; *pair; pair += 2) assert_ok(PetscOptionsClearValue(NULL, pair[0]));
}

static Energy EmptyEnergy(Grid *grid)
{
  Energy energy;

  *grid = PlaceGrid(PETSC_COMM_WORLD, 12);
  assert_ok(EnergyCreate(PETSC_COMM_WORLD, &energy));
  assert_ok(EnergySetGrid(energy, *grid));
  return energy;
}

/* The message with which options are refused by EnergySetFromOptions() or else EnergySetUp(), "" when they are not. */
static const char *MessageOf(const char *const pair[])
{
  static char    message[1024];
  Grid           grid;
  Energy         energy = EmptyEnergy(&grid);
  PetscErrorCode code;

  SetOptions(pair);
  HarnessExpectErrors(PETSC_TRUE);
  code = EnergySetFromOptions(energy);
  if (!code) code = EnergySetUp(energy);
  (void)PetscStrncpy(message, HarnessMessage(code), sizeof message);
  HarnessExpectErrors(PETSC_FALSE);
  ClearOptions(pair);
  assert_ok(EnergyDestroy(&energy));
  assert_ok(GridDestroy(&grid));
  return message;
}

#define OPTIONS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define assert_says(text, ...)                                                                                                             \
  do {                                                                                                                                     \
    const char *said_ = MessageOf(OPTIONS(__VA_ARGS__));                                                                                   \
    if (strcmp(said_, text)) print_error("said '%s', not '%s'\n", said_, text);                                                            \
    assert_all(!strcmp(said_, text));                                                                                                      \
  } while (0)

static void assert_equation(const char *const pair[], const char wanted[])
{
  Grid   grid;
  Energy energy = EmptyEnergy(&grid);
  char   equation[256];

  SetOptions(pair);
  assert_ok(EnergySetFromOptions(energy));
  assert_ok(EnergySetFromOptions(energy)); /* a second time changes nothing */
  ClearOptions(pair);
  assert_ok(EnergySetUp(energy));
  assert_ok(EnergyGetEquation(energy, equation, sizeof equation));
  if (strcmp(equation, wanted)) print_error("the equation is '%s', not '%s'\n", equation, wanted);
  assert_all(!strcmp(equation, wanted));
  assert_ok(EnergyDestroy(&energy));
  assert_ok(GridDestroy(&grid));
}

static void options_give_the_equation(void **state)
{
  (void)state;
  assert_equation(OPTIONS("-energy_terms", "entropy"), "d/dt rho = Laplace(rho)");
  assert_equation(OPTIONS("-energy_terms", "entropy,power,potential", "-energy_entropy_coefficient", "0.1", "-energy_potential", "x^2"),
                  "d/dt rho = 0.1 Laplace(rho) + Laplace(rho^2) + div(rho grad V)");
  assert_equation(OPTIONS("-energy_terms", "a:power,b:power,well:potential", "-energy_a_exponent", "3", "-energy_b_exponent", "0.5",
                          "-energy_b_coefficient", "2", "-energy_well", "x"),
                  "d/dt rho = Laplace(rho^3) + 2 Laplace(rho^0.5) + div(rho grad well)");
}

static void options_reach_the_values(void **state)
{
  const char *const pair[] = {"-energy_terms",
                              "entropy,power,potential",
                              "-energy_entropy_coefficient",
                              "0.5",
                              "-energy_power_exponent",
                              "3",
                              "-energy_power_coefficient",
                              "4",
                              "-energy_potential",
                              "7",
                              NULL};
  Grid              grid;
  Energy            energy = EmptyEnergy(&grid);
  Vec               u      = PlaceVector(grid, 0, 0.25, 0);
  PetscReal         value;

  (void)state;
  SetOptions(pair);
  assert_ok(EnergySetFromOptions(energy));
  ClearOptions(pair);
  assert_ok(EnergySetUp(energy));
  assert_ok(EnergyGetValue(energy, u, &value));
  assert_within(value - 0.75 * (0.5 * 0.25 * exp(0.25) + 2 * exp(0.75) + 7 * exp(0.25)), 1e-14);
  assert_ok(VecDestroy(&u));
  assert_ok(EnergyDestroy(&energy));
  assert_ok(GridDestroy(&grid));
}

static void options_change_what_the_program_has_set(void **state)
{
  const char *const pair[] = {"-energy_terms", "entropy,power", "-energy_entropy_coefficient", "3", NULL};
  Grid              grid;
  Energy            energy = EmptyEnergy(&grid);
  EnergyTerm        term;
  char              equation[128];

  (void)state;
  assert_ok(EnergyAddTerm(energy, ENERGYENTROPY, NULL, &term));
  assert_ok(EnergyEntropySetCoefficient(term, 2));
  SetOptions(pair);
  assert_ok(EnergySetFromOptions(energy));
  ClearOptions(pair);
  assert_ok(EnergyGetEquation(energy, equation, sizeof equation));
  assert_all(!strcmp(equation, "d/dt rho = 3 Laplace(rho) + Laplace(rho^2)"));
  assert_ok(EnergyDestroy(&energy));
  assert_ok(GridDestroy(&grid));
}

static void prefixes_tell_energies_apart(void **state)
{
  const char *const pair[] = {"-a_energy_terms", "entropy", "-a_energy_entropy_coefficient", "-5", "-energy_terms", "power", NULL};
  Grid              grid;
  Energy            energy = EmptyEnergy(&grid);

  (void)state;
  assert_ok(PetscObjectSetOptionsPrefix((PetscObject)energy, "a_"));
  SetOptions(pair);
  assert_refused(EnergySetFromOptions(energy), "-a_energy_entropy_coefficient: -5 given");
  ClearOptions(pair);
  assert_ok(EnergyDestroy(&energy));
  assert_ok(GridDestroy(&grid));
}

static void wrong_terms_are_refused(void **state)
{
  char known[512], says[768];

  (void)state;
  assert_ok(EnergyTypeNames(known, sizeof known));
  assert_all(strstr(known, "entropy") && strstr(known, "power") && strstr(known, "potential"));
  assert_ok(
      PetscSNPrintf(says, sizeof says, "-energy_terms is missing: give one or more of %s, as in -energy_terms entropy,potential", known));
  assert_says(says, "-x", "1");
  assert_says("-energy_terms has no value", "-energy_terms", "");
  assert_ok(PetscSNPrintf(says, sizeof says, "-energy_terms: there is no energy 'entrpy'; did you mean entropy? Known are %s", known));
  assert_says(says, "-energy_terms", "power,entrpy");
  assert_ok(PetscSNPrintf(says, sizeof says, "-energy_terms: there is no energy 'diffusion'; did you mean entropy? Known are %s", known));
  assert_says(says, "-energy_terms", "diffusion");
  assert_ok(PetscSNPrintf(says, sizeof says, "-energy_terms: there is no energy 'zzz'; known are %s", known));
  assert_says(says, "-energy_terms", "zzz");
  assert_ok(PetscSNPrintf(says, sizeof says, "-energy_terms: there is no energy 'potental'; did you mean potential? Known are %s", known));
  assert_says(says, "-energy_terms", "a:potental");
  assert_says("-energy_terms: the name 'power' is used twice; give each term its own, as in a:power,b:power", "-energy_terms",
              "power,power");
  assert_says("-energy_terms: the name 'a' is used twice; give each term its own, as in a:power,b:power", "-energy_terms",
              "a:power,a:entropy");
  assert_says("-energy_terms: 'a-b' cannot be the name of a term; use letters, digits and _", "-energy_terms", "a-b:power");
  assert_says("-energy_terms: '' cannot be the name of a term; use letters, digits and _", "-energy_terms", ":power");
  assert_says("-energy_terms: 'terms' cannot be the name of a term, as -energy_terms is an option; use another", "-energy_terms",
              "terms:power");
}

static void wrong_numbers_are_refused(void **state)
{
  (void)state;
  assert_says("-energy_entropy_coefficient: -0.1 given; a coefficient is 0 or positive, and finite", "-energy_terms", "entropy",
              "-energy_entropy_coefficient", "-0.1");
  assert_says("-energy_entropy_coefficient: 'nan' is not a finite number", "-energy_terms", "entropy", "-energy_entropy_coefficient",
              "nan");
  assert_says("-energy_p_coefficient: 'inf' is not a finite number", "-energy_terms", "p:power", "-energy_p_coefficient", "inf");
  assert_says("-energy_power_exponent: 1 given; for linear diffusion use a term of type entropy", "-energy_terms", "power",
              "-energy_power_exponent", "1");
  assert_says("-energy_power_exponent: 0 given; an exponent is positive and finite", "-energy_terms", "power", "-energy_power_exponent",
              "0");
  assert_says("-energy_power_exponent: 'nan' is not a finite number", "-energy_terms", "power", "-energy_power_exponent", "nan");
  assert_says("-energy_power_exponent: '2.5x' is not a number", "-energy_terms", "power", "-energy_power_exponent", "2.5x");
  assert_says("", "-energy_terms", "entropy", "-energy_entropy_coefficient", "0");
}

static void wrong_potentials_are_refused(void **state)
{
  (void)state;
  assert_says("-energy_potential is missing: give the potential as an expression, or as a file with -energy_potential_file",
              "-energy_terms", "potential");
  assert_says("-energy_well and -energy_well_file are both given; use one of them", "-energy_terms", "well:potential", "-energy_well", "x",
              "-energy_well_file", "f.h5");
  assert_all(strstr(MessageOf(OPTIONS("-energy_terms", "potential", "-energy_potential", "x+")), "-energy_potential: "));
  assert_all(strstr(MessageOf(OPTIONS("-energy_terms", "potential", "-energy_potential", "1/(x-x)")), "-energy_potential: "));
  assert_all(strstr(MessageOf(OPTIONS("-energy_terms", "potential", "-energy_potential_file", "nowhere.h5")), "-energy_potential_file: "));
}

/* What could not be read is asked for again, never taken as it is. */
static void a_failed_set_up_fails_again(void **state)
{
  Grid              grid;
  Energy            energy = EmptyEnergy(&grid);
  const char *const pair[] = {"-energy_terms", "potential", "-energy_potential", "log(x - 2)", NULL};

  (void)state;
  SetOptions(pair);
  assert_ok(EnergySetFromOptions(energy));
  ClearOptions(pair);
  for (int again = 0; again < 2; again++) assert_refused(EnergySetUp(energy), "-energy_potential: ");
  assert_ok(EnergyDestroy(&energy));
  assert_ok(GridDestroy(&grid));
}

static void wrong_calls_are_refused(void **state)
{
  Grid       grid, other = PlaceGrid(PETSC_COMM_WORLD, 13);
  Energy     energy = EmptyEnergy(&grid), without;
  EnergyTerm entropy, power, potential;
  Vec        u = PlaceVector(grid, 0, 0, 1), v = PlaceVector(other, 0, 0, 1);
  PetscReal  value;
  PetscBool  exists;

  (void)state;
  assert_ok(EnergyCreate(PETSC_COMM_WORLD, &without));
  assert_ok(EnergyAddTerm(without, ENERGYENTROPY, NULL, NULL));
  assert_refused(EnergySetUp(without), "EnergySetGrid()");
  assert_ok(EnergyDestroy(&without));
  assert_refused(EnergyAddTerm(energy, "entropie", NULL, NULL), "did you mean entropy");
  assert_ok(EnergyAddTerm(energy, ENERGYENTROPY, NULL, &entropy));
  assert_ok(EnergyAddTerm(energy, ENERGYPOWER, NULL, &power));
  assert_ok(EnergyAddTerm(energy, ENERGYPOTENTIAL, NULL, &potential));
  assert_refused(EnergyAddTerm(energy, ENERGYPOWER, ENERGYENTROPY, NULL), "used twice");
  assert_refused(EnergyEntropySetCoefficient(power, 1), "is of type power, not entropy");
  assert_refused(EnergyPowerSetExponent(entropy, 2), "is of type entropy, not power");
  assert_refused(EnergyPowerSetCoefficient(potential, 2), "is of type potential, not power");
  assert_refused(EnergyPotentialSetField(entropy, u), "is of type entropy, not potential");
  assert_refused(EnergyGetValue(energy, u, &value), "EnergySetUp()");
  assert_ok(EnergyPotentialSetField(potential, v));
  assert_refused(EnergySetUp(energy), "not a vector of the energy's grid");
  assert_ok(EnergyPotentialSetField(potential, u));
  assert_ok(EnergySetUp(energy));
  assert_refused(EnergySetGrid(energy, other), "before EnergySetUp()");
  assert_refused(EnergyGetValue(energy, v, &value), "u is not a vector of the energy's grid");
  assert_refused(EnergyGetFirstVariation(energy, u, v), "f is not a vector");
  assert_refused(EnergyGetDiffusivity(energy, v, &value), "u is not a vector");
  assert_refused(EnergyGetGibbs(energy, 1, v, &exists), "u is not a vector");
  assert_refused(EnergyGetGibbs(energy, -1, u, &exists), "mass -1");
  assert_ok(EnergyPowerSetExponent(power, 3));
  assert_refused(EnergyGetValue(energy, u, &value), "EnergySetUp()");
  assert_ok(EnergySetUp(energy));
  assert_ok(EnergyAddTerm(energy, ENERGYENTROPY, "more", NULL));
  assert_refused(EnergyGetValue(energy, u, &value), "EnergySetUp()");
  assert_ok(VecDestroy(&v));
  assert_ok(VecDestroy(&u));
  assert_ok(EnergyDestroy(&energy));
  assert_ok(GridDestroy(&other));
  assert_ok(GridDestroy(&grid));
}

static void wrong_proxes_are_refused(void **state)
{
  const Terms terms = {.D = 1};
  Grid        grid = PlaceGrid(PETSC_COMM_WORLD, 12), other = PlaceGrid(PETSC_COMM_WORLD, 13);
  Energy      energy = TermsEnergy(grid, &terms);
  Vec         lp = PlaceVector(grid, 0, 0, 1), u = PlaceVector(grid, 1, 0, 1), v = PlaceVector(other, 0, 0, 1);

  (void)state;
  assert_refused(EnergyProx(energy, 0, 1, lp, u, NULL), "theta = 0");
  assert_refused(EnergyProx(energy, NAN, 1, lp, u, NULL), "theta = nan");
  assert_refused(EnergyProx(energy, 1, -1, lp, u, NULL), "lambda = -1");
  assert_refused(EnergyProx(energy, 1, INFINITY, lp, u, NULL), "lambda = inf");
  assert_refused(EnergyProx(energy, 1, 1, v, u, NULL), "lp is not a vector");
  assert_refused(EnergyProx(energy, 1, 1, lp, v, NULL), "u is not a vector");
  assert_refused(EnergyProx(energy, 1, 1, lp, u, v), "du is not a vector");
  for (int k = 0; k < 2; k++) {
    assert_ok(VecSetValue(lp, 20, k ? NAN : INFINITY, INSERT_VALUES));
    assert_ok(VecAssemblyBegin(lp));
    assert_ok(VecAssemblyEnd(lp));
    assert_refused(EnergyProx(energy, 1, 1, lp, u, NULL), "lp is NaN or +inf in");
  }
  assert_ok(VecDestroy(&v));
  assert_ok(VecDestroy(&u));
  assert_ok(VecDestroy(&lp));
  assert_ok(EnergyDestroy(&energy));
  assert_ok(GridDestroy(&other));
  assert_ok(GridDestroy(&grid));
}

static void fields_that_are_not_finite_are_refused(void **state)
{
  const PetscReal bad[3] = {NAN, INFINITY, -INFINITY};
  Grid            grid;
  Energy          energy = EmptyEnergy(&grid);
  EnergyTerm      term;
  Vec             V = PlaceVector(grid, 0, 0, 1);

  (void)state;
  assert_ok(EnergyAddTerm(energy, ENERGYPOTENTIAL, "well", &term));
  for (int k = 0; k < 3; k++) {
    assert_ok(VecSetValue(V, 20, bad[k], INSERT_VALUES));
    assert_ok(VecAssemblyBegin(V));
    assert_ok(VecAssemblyEnd(V));
    assert_refused(EnergyPotentialSetField(term, V), "the field of the potential 'well' has values that are not finite");
  }
  assert_ok(VecDestroy(&V));
  assert_ok(EnergyDestroy(&energy));
  assert_ok(GridDestroy(&grid));
}

static void view_prints_the_equation_and_the_terms(void **state)
{
  const char wanted[] = "energy: d/dt rho = 0.5 Laplace(rho) + Laplace(rho^3) + div(rho grad V)\n  entropy (entropy): coefficient 0.5\n"
                        "  p (power): exponent 3, coefficient 1\n  potential (potential): V = x + 1\n";
  const char *const pair[] = {"-energy_terms",
                              "entropy,p:power,potential",
                              "-energy_entropy_coefficient",
                              "0.5",
                              "-energy_p_exponent",
                              "3",
                              "-energy_potential",
                              "x + 1",
                              NULL};
  Grid              grid;
  Energy            energy = EmptyEnergy(&grid);
  FILE             *file   = tmpfile();
  PetscViewer       viewer;
  char              text[1024] = "";
  PetscMPIInt       rank;

  (void)state;
  SetOptions(pair);
  assert_ok(EnergySetFromOptions(energy));
  ClearOptions(pair);
  assert_ok(PetscViewerASCIIOpenWithFILE(PETSC_COMM_WORLD, file, &viewer));
  assert_ok(EnergyView(energy, viewer));
  assert_ok(PetscViewerDestroy(&viewer));
  rewind(file);
  (void)!fread(text, 1, sizeof text - 1, file);
  (void)fclose(file);
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  if (!rank && strcmp(text, wanted)) print_error("printed '%s'\n", text);
  assert_all(rank || !strcmp(text, wanted));
  assert_ok(EnergyDestroy(&energy));
  assert_ok(GridDestroy(&grid));
}

JKO_TESTS(JKO_TEST(options_give_the_equation), JKO_TEST(options_reach_the_values), JKO_TEST(options_change_what_the_program_has_set),
          JKO_TEST(prefixes_tell_energies_apart), JKO_TEST(wrong_terms_are_refused), JKO_TEST(wrong_numbers_are_refused),
          JKO_TEST(wrong_potentials_are_refused), JKO_TEST(a_failed_set_up_fails_again), JKO_TEST(wrong_calls_are_refused),
          JKO_TEST(wrong_proxes_are_refused), JKO_TEST(fields_that_are_not_finite_are_refused),
          JKO_TEST(view_prints_the_equation_and_the_terms))
